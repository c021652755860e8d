"""Whatever way rights come to somebody, an administrator has the one power and nothing beside it."""

import asyncio

import httpx2

from dispatch_server.identity.accounts import DAY_US
from dispatch_server.identity.model import Permit, Person, Role, Session
from dispatch_server.kit.scope import NOTHING
from tests.integration.identity.office import PEOPLE, Office

PERMITS = "/api/v1/permits"


async def permit(office: Office, person: str, **more: str) -> httpx2.Response:
    until = office.rig.world.utc_us() + DAY_US
    body = {"person_id": person, "action": "stream.watch", "department": "14", "until_utc_us": until}
    return await office.security.post(PERMITS, json=body | more)


async def permits_of(office: Office, person: str) -> list[str]:
    listed = (await office.audit.get(PERMITS, params={"person_id": person})).json()
    return [one["action"] for one in listed["permits"]]


async def test_an_administrator_is_permitted_nothing(office: Office) -> None:
    for account in ("system", "audit"):
        refused = await permit(office, await office.id_of(account))
        assert (refused.status_code, refused.json()["code"]) == (400, "administrators_apart")
        assert await permits_of(office, await office.id_of(account)) == []


async def test_permits_go_with_the_roles_and_the_department_they_were_given_to(office: Office) -> None:
    identity, _ = await office.person("guo", ["officer"])
    version = 2
    for roles, department, left in (
        (["officer"], "13", ["stream.watch"]),
        (["operator"], "13", []),
        (["operator"], "14", []),
        (["audit_admin"], "14", []),
    ):
        if not await permits_of(office, identity):
            assert (await permit(office, identity)).status_code == 201
        body = {"version": version, "roles": roles, "department": department}
        changed = await office.security.put(f"{PEOPLE}/{identity}/rights", json=body)
        assert changed.status_code == 200, changed.text
        version = changed.json()["version"]
        assert await permits_of(office, identity) == left
    acts = office.rig.ledger.of("person.rights")
    assert [act.detail.get("permits_dropped") for act in acts if act.subject.endswith(identity)][1:] == [None, 1, 1, 1]


async def test_a_permit_that_comes_while_the_roles_change_does_not_stay(office: Office) -> None:
    identity, _ = await office.person("guo", ["officer"])
    body = {"version": 2, "roles": ["audit_admin"], "department": "13"}
    await asyncio.gather(
        *(permit(office, identity) for _ in range(3)),
        office.security.put(f"{PEOPLE}/{identity}/rights", json=body),
        *(permit(office, identity) for _ in range(3)),
    )
    assert await permits_of(office, identity) == []


def test_what_stands_from_before_gives_an_administrator_nothing() -> None:
    left = (Permit("1", "stream.watch", "14", 10),)
    session = Session("s", b"d", Person("p", "人", frozenset({Role.AUDIT_ADMIN})), 0, 0, permits=left)
    assert session.scope("stream.watch") == NOTHING and "stream.watch" not in session.actions()


async def test_rights_are_given_only_where_there_is_a_department(office: Office) -> None:
    """Else who is given a code that is free today has whatever is founded under it tomorrow."""
    identity, _ = await office.person("guo", ["officer"])
    office.rig.room.people.is_department = {"", "13", "14"}.__contains__
    rights = {"version": 2, "roles": ["officer"], "department": "77"}
    account = {"account": "bai", "name": "bai", "department": "13/77"}
    for answer in (
        await permit(office, identity, department="13/77"),
        await office.security.put(f"{PEOPLE}/{identity}/rights", json=rights),
        await office.system.post(PEOPLE, json=account),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "department_unknown")
    assert (await permit(office, identity)).status_code == 201
