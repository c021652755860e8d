"""Three administrators, each with their own power; rights that are taken are gone at once."""

import asyncio

import pytest

from dispatch_server.identity.model import Role
from tests.integration.identity.office import PEOPLE, Office
from tests.integration.identity.people_rig import ANOTHER, PASSWORD, PeopleRig, sign_in, step


async def test_an_account_is_one_administrators_and_its_rights_another_ones(office: Office) -> None:
    identity, password = await office.person("lin", ["operator", "expert"])
    async with office.rig.client() as client:
        signed_in = await office.rig.settle(client, "lin", password)
    assert signed_in["person"]["department"] == "13"
    entry = (await office.audit.get(f"{PEOPLE}/{identity}")).json()
    assert (entry["roles"], entry["must_change"], entry["second_factor"]) == (["expert", "operator"], False, False)
    body = {"account": "lin", "name": "x", "department": ""}
    taken = await office.system.post(PEOPLE, json=body)
    assert (taken.status_code, taken.json()["code"]) == (409, "account_taken")
    assert ("person.rights", f"person:{identity}", "done") in office.rig.ledger.lines()


async def test_the_three_powers_are_apart(office: Office) -> None:
    identity, _ = await office.person("lin", ["operator"])
    rights = {"version": 2, "roles": ["system_admin"], "department": ""}
    body = {"account": "bai", "name": "x", "department": ""}
    for client, refused in (
        (office.system, [("PUT", f"{PEOPLE}/{identity}/rights", rights), ("POST", "/api/v1/permits", {})]),
        (office.security, [("POST", PEOPLE, body)]),
        (office.audit, [("POST", PEOPLE, body), ("PUT", f"{PEOPLE}/{identity}/rights", rights)]),
    ):
        for method, path, content in refused:
            answer = await client.request(method, path, json=content)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted"), path
    mixed = {"version": 2, "roles": ["system_admin", "operator"], "department": ""}
    assert (await office.security.put(f"{PEOPLE}/{identity}/rights", json=mixed)).json()["code"] == "roles_apart"
    own = await office.id_of("security")
    for method, path in (("PUT", "rights"), ("PUT", "closed")):
        content = rights if path == "rights" else {"version": 1}
        answer = await office.security.request(method, f"{PEOPLE}/{own}/{path}", json=content)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_oneself")
    last = await office.id_of("audit")
    closed = await office.security.put(f"{PEOPLE}/{last}/closed", json={"version": 3})
    assert (closed.status_code, closed.json()["code"]) == (409, "last_administrator")


async def test_what_is_dangerous_wants_the_second_factor_again(office: Office) -> None:
    identity, _ = await office.person("lin", ["operator"])
    office.rig.world.advance(601)
    rights = {"version": 2, "roles": ["officer"], "department": "13"}
    refused = await office.security.put(f"{PEOPLE}/{identity}/rights", json=rights)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")
    await office.security.post("/api/v1/me/proof", json={"totp": office.rig.code("security")})
    assert (await office.security.put(f"{PEOPLE}/{identity}/rights", json=rights)).status_code == 200


async def test_a_change_from_an_older_version_is_refused(office: Office) -> None:
    identity, _ = await office.person("lin", ["operator"])
    stale = await office.system.put(f"{PEOPLE}/{identity}/name", json={"version": 1, "name": "林"})
    assert (stale.status_code, stale.json()["code"]) == (412, "person_stale")
    renamed = await office.system.put(f"{PEOPLE}/{identity}/name", json={"version": 2, "name": "林"})
    assert (renamed.json()["name"], renamed.json()["version"]) == ("林", 3)


@pytest.mark.parametrize("way", ["rights", "closed", "sessions"])
async def test_a_right_that_is_taken_ends_open_sign_ins_at_once(office: Office, way: str) -> None:
    identity, password = await office.person("lin", ["operator"])
    client = office.rig.client()
    await office.rig.settle(client, "lin", password)
    half = await sign_in(client, "lin", PASSWORD)
    assert half.status_code == 201
    office.rig.ended.clear()
    content = {"version": 3, "roles": ["officer"], "department": "13"} if way == "rights" else {"version": 3}
    if way == "sessions":
        assert (await office.system.delete(f"{PEOPLE}/{identity}/sessions")).json() == {"ended": 1}
    else:
        answer = await office.security.put(f"{PEOPLE}/{identity}/{way}", json=content)
        assert answer.status_code == 200, answer.text
    assert (await client.get("/api/v1/sessions/current")).status_code == 401
    assert len(office.rig.ended) == 1
    await client.aclose()


async def test_a_permit_counts_at_once_until_its_end_or_until_it_is_revoked(office: Office) -> None:
    rig = office.rig
    identity, password = await office.person("guo", ["officer"])
    client = rig.client()
    await rig.settle(client, "guo", password)
    until = rig.world.utc_us() + 60_000_000

    async def actions() -> list[str]:
        found: list[str] = (await client.get("/api/v1/sessions/current")).json()["actions"]
        return found

    body = {"person_id": identity, "action": "stream.watch", "department": "14/02", "until_utc_us": until}
    assert "stream.watch" not in await actions()
    granted = await office.security.post("/api/v1/permits", json=body)
    assert granted.status_code == 201, granted.text
    assert "stream.watch" in await actions()
    (session,) = [one for one in rig.room.sign_ins.sessions() if one.person.id == identity]
    assert session.scope("stream.watch").roots == {"14/02"}
    listed = (await office.audit.get("/api/v1/permits", params={"person_id": identity})).json()
    assert [one["action"] for one in listed["permits"]] == ["stream.watch"]
    assert "person.rights" not in listed["permittable"]
    assert (await office.security.delete(f"/api/v1/permits/{granted.json()['id']}")).status_code == 204
    assert (await office.security.delete(f"/api/v1/permits/{granted.json()['id']}")).status_code == 404
    assert "stream.watch" not in await actions()
    await office.security.post("/api/v1/permits", json=body)
    assert "stream.watch" in await actions()
    rig.ended.clear()
    rig.world.advance(61)
    await rig.room.sign_ins.tick()
    assert "stream.watch" not in await actions()
    assert [reason for _, reason in rig.ended] == ["a permit ended"]
    for change, code in (({"action": "person.rights"}, "not_permittable"), ({"until_utc_us": 1}, "until_wrong")):
        refused = await office.security.post("/api/v1/permits", json={**body, **change})
        assert refused.json()["code"] == code
    await client.aclose()


async def test_an_account_is_recovered_by_two_administrators_of_different_roles(office: Office) -> None:
    rig = office.rig
    identity = await office.id_of("system")
    body = {"person_id": identity, "reason": "手机丢失"}
    assert (await office.system.post("/api/v1/recoveries", json=body)).json()["code"] == "not_oneself"
    asked = (await office.security.post("/api/v1/recoveries", json=body)).json()
    confirm = f"/api/v1/recoveries/{asked['id']}/confirmation"
    for client, code in ((office.security, "another_role_needed"), (office.system, "not_oneself")):
        refused = await client.post(confirm)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    done = await office.audit.post(confirm)
    assert done.status_code == 201, done.text
    assert (await office.audit.post(confirm)).json()["code"] == "recovery_over"
    assert (await office.system.get("/api/v1/sessions/current")).status_code == 401
    async with rig.client() as client:
        assert (await sign_in(client, "system", PASSWORD)).json()["code"] == "sign_in_refused"
        answer = await sign_in(client, "system", done.json()["one_time_password"])
        assert answer.json()["step"] == "new_password"
        assert (await step(client, answer, new_password=ANOTHER)).json()["step"] == "enrolment"
    late = (await office.security.post("/api/v1/recoveries", json=body)).json()
    rig.world.advance(86_400)
    rig.room.sign_ins.times = type(rig.room.sign_ins.times)(10**15, 10**15, 10**15)
    audit, _ = await rig.room.people.credentials.store.for_sign_in("audit", b"")
    assert audit is not None
    secret, _ = await rig.session(audit.person)
    async with rig.client() as client:
        client.cookies.set("__Host-session", secret)
        expired = await client.post(f"/api/v1/recoveries/{late['id']}/confirmation")
        assert (expired.status_code, expired.json()["code"]) == (409, "recovery_over")


async def test_two_who_confirm_at_once_make_one_password(office: Office) -> None:
    """The second finds it over, and the ledger holds one confirmation."""
    identity, _ = await office.person("lin", ["operator"])
    asked = await office.system.post("/api/v1/recoveries", json={"person_id": identity, "reason": "忘记密码"})
    confirm = f"/api/v1/recoveries/{asked.json()['id']}/confirmation"
    answers = await asyncio.gather(office.security.post(confirm), office.audit.post(confirm))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    outcomes = [outcome for action, _, outcome in office.rig.ledger.lines() if action == "recovery.confirm"]
    assert sorted(outcomes) == ["done", "failed"]


async def test_what_cannot_be_put_on_record_is_not_done(office: Office) -> None:
    identity, _ = await office.person("lin", ["operator"])
    office.rig.ledger.is_away = True
    for answer in (
        await office.system.put(f"{PEOPLE}/{identity}/name", json={"version": 2, "name": "x"}),
        await office.system.post(PEOPLE, json={"account": "bai", "name": "x", "department": ""}),
        await sign_in(office.rig.client(), "system", PASSWORD, totp=office.rig.code("system")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "ledger_unavailable")
    # What only takes a right away is done all the same.
    assert (await office.security.put(f"{PEOPLE}/{identity}/closed", json={"version": 2})).status_code == 200
    assert [act.action for act in office.rig.ledger.journalled] == ["person.disable"]
    office.rig.ledger.is_away = False
    entry = (await office.audit.get(f"{PEOPLE}/{identity}")).json()
    assert (entry["name"], entry["version"], entry["disabled"]) == ("lin", 3, True)
    assert (await office.audit.get(PEOPLE, params={"text": "bai"})).json()["people"] == []


async def test_pages_of_people_are_in_the_scope_of_who_asks(rig: PeopleRig) -> None:
    for number in range(5):
        await rig.add(f"person-{number}", {Role.OPERATOR}, "13" if number % 2 else "13/02")
    await rig.add("person-9", {Role.OPERATOR}, "130")
    admin = await rig.add("chief", {Role.AUDIT_ADMIN}, "13")
    secret, _ = await rig.session(admin)
    async with rig.client() as client:
        client.cookies.set("__Host-session", secret)
        first = (await client.get(PEOPLE, params={"limit": 4})).json()
        second = (await client.get(PEOPLE, params={"limit": 4, "after": first["next"]})).json()
        accounts = [one["account"] for page in (first, second) for one in page["people"]]
        assert accounts == ["chief", *(f"person-{number}" for number in range(5))]
        assert second["next"] is None
        assert (await client.get(PEOPLE, params={"text": "person-9"})).json()["people"] == []
        only = (await client.get(PEOPLE, params={"role": "audit_admin"})).json()["people"]
        assert [one["account"] for one in only] == ["chief"]


async def test_where_somebody_is_signed_in_is_looked_at_on_record(office: Office) -> None:
    identity, _ = await office.person("lin", ["operator"])
    assert (await office.audit.get(f"{PEOPLE}/{identity}/sessions")).json() == {"sessions": []}
    (act,) = office.rig.ledger.of("person.sessions")
    assert (act.subject, act.department, act.actor_name) == (f"person:{identity}", "13", "审计管理员")
    assert (await office.audit.get(f"{PEOPLE}/none/sessions")).status_code == 404
    office.rig.ledger.is_away = True
    assert (await office.audit.get(f"{PEOPLE}/{identity}/sessions")).json()["code"] == "ledger_unavailable"
