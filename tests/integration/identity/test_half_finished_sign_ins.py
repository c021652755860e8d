"""A stranger who knew a one-time password keeps the ticket of a half-finished sign-in: it opens nothing later."""

import httpx2
import pytest

from dispatch_server.identity.callers import PersonCaller
from dispatch_server.identity.credentials import FactorThere
from dispatch_server.identity.password_sign_in import Knock, Missing, Unproved
from dispatch_server.identity.second_factor import new_secret
from dispatch_server.identity.steps import Step, TicketBox, TicketRefused
from tests.integration.identity.people_rig import PASSWORD, PeopleRig, sign_in, step

STRANGERS = "Yanqing-Valley-77"


class DeafBox(TicketBox):
    """As another node's: nobody tells it that a person changed."""

    def forget(self, person_id: str) -> None:
        return


@pytest.fixture(params=[False, True], ids=["this node", "another node"])
async def halves(rig: PeopleRig, request: pytest.FixtureRequest) -> PeopleRig:
    if request.param:
        rig.room.by_password.tickets = DeafBox(rig.world.chance)
    return rig


async def auditors_password(rig: PeopleRig) -> str:
    return dict(await rig.room.people.create_first_administrators())["audit"]


async def opens_nothing(rig: PeopleRig, answer: httpx2.Response) -> None:
    """The stranger has no session, and the owner's password and second factor are as they were."""
    assert (answer.status_code, answer.json()["code"]) == (401, "ticket_refused")
    assert "set-cookie" not in answer.headers
    rig.world.advance(1000)
    await (await rig.enter("audit")).aclose()


async def test_not_after_the_owner_chose_a_password_and_a_second_factor(halves: PeopleRig) -> None:
    password = await auditors_password(halves)
    async with halves.client("203.0.113.9") as stranger, halves.client() as owner:
        kept = await sign_in(stranger, "audit", password)
        assert kept.json()["step"] == "new_password"
        await halves.settle(owner, "audit", password)
        await opens_nothing(halves, await step(stranger, kept, new_password=STRANGERS))


async def test_not_after_the_owner_changed_the_password_of_a_session(halves: PeopleRig) -> None:
    await halves.first_administrators()
    owner, changed = await halves.enter("audit"), {"present": PASSWORD, "new": STRANGERS}
    async with halves.client("203.0.113.9") as stranger:
        kept = await sign_in(stranger, "audit", PASSWORD)
        assert kept.json()["step"] == "second_factor"
        assert (await owner.put("/api/v1/me/password", json=changed)).status_code == 204
        late = await step(stranger, kept, totp=halves.code("audit"))
        assert (late.status_code, late.json()["code"]) == (401, "ticket_refused")
    await owner.aclose()


async def test_a_sign_in_that_was_overtaken_by_a_new_password_ends_at_once(rig: PeopleRig) -> None:
    """The old password was compared before the change, and the session is opened after it."""
    await rig.first_administrators()
    by_password = rig.room.by_password
    before, _ = await by_password.credentials.store.for_sign_in("audit", b"")
    assert before is not None
    owner, changed = await rig.enter("audit"), {"present": PASSWORD, "new": STRANGERS}
    assert (await owner.put("/api/v1/me/password", json=changed)).status_code == 204
    with pytest.raises(TicketRefused):
        await by_password._finish(before, True, Knock("203.0.113.9"))
    assert len(await by_password.sign_ins.store.of_person(before.person.id)) == 1
    await owner.aclose()


async def test_an_enrolled_factor_is_always_asked_for(rig: PeopleRig) -> None:
    """Whatever way led there: a ticket that skipped it leads back to it."""
    await rig.first_administrators()
    by_password = rig.room.by_password
    account, _ = await by_password.credentials.store.for_sign_in("audit", b"")
    assert account is not None
    for after in (Step.PASSWORD, Step.NEW_PASSWORD):
        led = await by_password._next(account, after, False, Knock("203.0.113.9"))
        assert isinstance(led, Missing) and led.step is Step.SECOND_FACTOR
    with pytest.raises(Unproved):
        await by_password._finish(account, False, Knock("203.0.113.9"))


async def test_an_enrolment_that_was_left_open_does_not_replace_a_factor(halves: PeopleRig) -> None:
    password = await auditors_password(halves)
    tickets = halves.room.by_password.tickets
    async with halves.client("203.0.113.9") as stranger, halves.client() as owner:
        first = await step(stranger, await sign_in(stranger, "audit", password), new_password=PASSWORD)
        assert first.json()["step"] == "enrolment"
        halves.secrets["audit"] = first.json()["secret"]
        code = halves.code("audit")
        second = await sign_in(owner, "audit", PASSWORD)
        halves.secrets["audit"] = second.json()["secret"]
        assert (await step(owner, second, totp=halves.code("audit"))).status_code == 201
        for ticket in tickets._tickets.values():
            ticket.version += 1  # as if it did not tell that the account was changed
        late = await step(stranger, first, totp=code)
        assert late.status_code in {401, 409}
    halves.world.advance(1000)
    await (await halves.enter("audit")).aclose()


async def test_a_factor_is_enrolled_only_where_there_is_none(rig: PeopleRig) -> None:
    await rig.first_administrators()
    credentials = rig.room.people.credentials
    account, _ = await credentials.store.for_sign_in("audit", b"")
    assert account is not None
    rig.secrets["another"] = new_secret(rig.world.chance)
    code = rig.code("another")
    with pytest.raises(FactorThere):
        await credentials.enrol(PersonCaller(account.person), account, rig.secrets["another"], code)
    await (await rig.enter("audit")).aclose()
