"""Signing in with a password, step by step, on both databases."""

import asyncio

import pytest

from dispatch_server.identity.model import Role
from dispatch_server.identity.people import PeopleThere
from tests.integration.identity.people_rig import ANOTHER, PASSWORD, PeopleRig, sign_in, step


async def test_the_first_administrators_get_in_by_changing_their_password_and_enrolling(rig: PeopleRig) -> None:
    made = await rig.room.people.create_first_administrators()
    assert [account for account, _ in made] == ["system", "security", "audit"]
    with pytest.raises(PeopleThere):
        await rig.room.people.create_first_administrators()
    account, password = made[0]
    async with rig.client() as client:
        first = await sign_in(client, account, password)
        assert (first.status_code, first.json()["step"]) == (202, "new_password")
        assert "set-cookie" not in first.headers
        weak = await step(client, first, new_password="short")
        assert (weak.status_code, weak.json()["code"]) == (400, "password_unfit")
        second = await step(client, first, new_password=PASSWORD)
        assert (second.status_code, second.json()["step"]) == (202, "enrolment")
        assert second.json()["uri"].startswith("otpauth://totp/")
        rig.secrets[account] = second.json()["secret"]
        wrong = await step(client, second, totp="000000")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "second_factor_refused")
        code = rig.code(account)
        done = await step(client, second, totp=code)
        assert done.status_code == 201
        assert done.json()["person"]["roles"] == ["system_admin"]
        assert "__Host-session" in client.cookies
        assert any(name.startswith("__Host-device-") for name in client.cookies)
        assert (await step(client, second, totp=code)).json()["code"] == "ticket_refused"
        assert (await sign_in(client, account, password)).json()["code"] == "sign_in_refused"
    async with rig.client() as client:
        again = await sign_in(client, account, PASSWORD)
        assert again.json()["step"] == "second_factor"
        used = await step(client, again, totp=code)
        assert (used.status_code, used.json()["code"]) == (401, "second_factor_refused")
    await (await rig.enter(account)).aclose()
    actions = [line[0] for line in rig.ledger.lines()]
    assert actions == ["person.create"] * 3 + ["me.password", "me.factor", "session.begin", "session.begin"]


async def test_a_code_is_good_once_even_at_the_same_moment(rig: PeopleRig) -> None:
    await rig.first_administrators()
    code = rig.code("system")
    async with rig.client() as client:
        answers = await asyncio.gather(*(sign_in(client, "system", PASSWORD, totp=code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


async def test_a_ticket_is_good_once_even_at_the_same_moment(rig: PeopleRig) -> None:
    await rig.first_administrators()
    async with rig.client() as client:
        before = await sign_in(client, "system", PASSWORD)
        codes = [rig.code("system") for _ in range(4)]
        answers = await asyncio.gather(*(step(client, before, totp=code) for code in codes))
    assert sorted(answer.status_code for answer in answers)[1:] == [401, 401, 401]


async def test_recovery_codes_stand_in_for_the_authenticator_once(rig: PeopleRig) -> None:
    await rig.first_administrators()
    client = await rig.enter("audit")
    codes = (await client.post("/api/v1/me/recovery-codes")).json()["codes"]
    assert len(set(codes)) == 10
    for number, status in ((0, 201), (0, 401), (1, 201)):
        answer = await sign_in(client, "audit", PASSWORD, totp=codes[number].upper())
        assert answer.status_code == status
    assert (await client.get("/api/v1/me/second-factor")).json() == {
        "enrolled": True,
        "compulsory": True,
        "recovery_codes_left": 8,
    }
    await client.aclose()


async def test_nobody_gets_in_who_is_closed_without_rights_or_was_away_too_long(rig: PeopleRig) -> None:
    await rig.add("nobody", set())
    await rig.add("lin", {Role.OPERATOR}, "13")
    async with rig.client() as client:
        assert (await sign_in(client, "nobody", PASSWORD)).json()["code"] == "sign_in_refused"
        assert (await sign_in(client, "lin", PASSWORD)).status_code == 201
        rig.world.advance(91 * 86_400)
        assert (await sign_in(client, "lin", PASSWORD)).json()["code"] == "sign_in_refused"


async def test_an_old_password_is_changed_and_none_comes_back(rig: PeopleRig) -> None:
    await rig.add("lin", {Role.OPERATOR}, "13")
    client = await rig.enter("lin")
    other = await rig.enter("lin")
    wrong = await client.put("/api/v1/me/password", json={"present": ANOTHER, "new": ANOTHER})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password_wrong")
    for new in (PASSWORD, "lin-Is-My-Name-1"):
        unfit = await client.put("/api/v1/me/password", json={"present": PASSWORD, "new": new})
        assert unfit.json()["code"] == "password_unfit"
    assert (await client.put("/api/v1/me/password", json={"present": PASSWORD, "new": ANOTHER})).status_code == 204
    assert (await client.get("/api/v1/sessions/current")).status_code == 200
    assert (await other.get("/api/v1/sessions/current")).status_code == 401
    rig.world.advance(89 * 86_400)
    assert (await sign_in(client, "lin", ANOTHER)).status_code == 201
    rig.world.advance(2 * 86_400)
    old = await sign_in(client, "lin", ANOTHER)
    assert old.json()["step"] == "new_password"
    assert (await step(client, old, new_password=ANOTHER)).json()["code"] == "password_unfit"
    await client.aclose()
    await other.aclose()


async def test_a_second_factor_of_ones_own_wish(rig: PeopleRig) -> None:
    await rig.add("lin", {Role.OPERATOR}, "13")
    client = await rig.enter("lin")
    offered = (await client.post("/api/v1/me/second-factor", json={"present": PASSWORD})).json()
    rig.secrets["lin"] = offered["secret"]
    confirm = {"ticket": offered["ticket"], "totp": rig.code("lin")}
    assert (await client.put("/api/v1/me/second-factor", json=confirm)).status_code == 204
    assert (await client.post("/api/v1/me/second-factor", json={"present": PASSWORD})).status_code == 409
    assert (await sign_in(rig.client(), "lin", PASSWORD)).json()["step"] == "second_factor"
    rig.world.advance(601)
    removal = await client.post("/api/v1/me/second-factor/removal", json={"present": PASSWORD})
    assert (removal.status_code, removal.json()["code"]) == (403, "second_factor_needed")
    assert (await client.post("/api/v1/me/proof", json={"totp": rig.code("lin")})).status_code == 204
    removal = await client.post("/api/v1/me/second-factor/removal", json={"present": PASSWORD})
    assert removal.status_code == 204
    assert (await sign_in(client, "lin", PASSWORD)).status_code == 201
    await client.aclose()


async def test_whoever_guesses_with_a_stolen_session_loses_it(rig: PeopleRig) -> None:
    await rig.first_administrators()
    thief, owner = await rig.enter("system"), await rig.enter("system")
    for _ in range(5):
        assert (await thief.post("/api/v1/me/proof", json={"totp": "000000"})).status_code == 401
    assert (await thief.post("/api/v1/me/proof", json={"totp": "000000"})).status_code == 429
    assert (await thief.get("/api/v1/sessions/current")).status_code == 401
    assert (await owner.post("/api/v1/me/proof", json={"totp": rig.code("system")})).status_code == 204


async def test_my_sign_ins_are_seen_and_ended_and_nobody_elses(rig: PeopleRig) -> None:
    await rig.add("lin", {Role.OPERATOR}, "13")
    await rig.add("bai", {Role.OPERATOR}, "14")
    mine, other, third, bai = [await rig.enter(account) for account in ("lin", "lin", "lin", "bai")]
    own = (await mine.get("/api/v1/me/sessions")).json()["sessions"]
    assert len(own) == 3
    assert [one["address"] for one in own] == ["192.0.2.1"] * 3
    (current,) = [one["id"] for one in own if one["is_current"]]
    (foreign,) = [one["id"] for one in (await bai.get("/api/v1/me/sessions")).json()["sessions"]]
    for unknown in (foreign, "none"):
        refused = await mine.delete(f"/api/v1/me/sessions/{unknown}")
        assert (refused.status_code, refused.json()["code"]) == (404, "sign_in_unknown")
    one = next(one["id"] for one in own if one["id"] != current)
    assert (await mine.delete(f"/api/v1/me/sessions/{one}")).status_code == 204
    assert (await mine.delete("/api/v1/me/sessions")).json() == {"ended": 1}
    standing = [(await client.get("/api/v1/sessions/current")).status_code for client in (mine, other, third, bai)]
    assert standing == [200, 401, 401, 200]


async def test_a_password_is_hashed_anew_when_the_cost_has_changed(rig: PeopleRig) -> None:
    person = await rig.add("lin", {Role.OPERATOR})
    store, hashing = rig.room.people.credentials.store, rig.room.people.credentials.hashing
    hashing._hasher = type(hashing._hasher)(2, 16, 1)
    await rig.enter("lin")
    account = await store.by_id(person.id)
    assert account is not None and "m=16,t=2" in account.password_hash
    await rig.enter("lin")
