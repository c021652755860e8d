"""What people ask of the organisation over HTTP: who sees and changes what, and from which version."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from dispatch_server.identity.model import Role
from dispatch_server.protocol import organisation as messages
from tests.integration.org.rig import Rig, tag

ORG = "/api/v1/org"
TEAM = {"parent": "14", "code": "01", "name": "东河中队", "kind": "team"}
OFFICER = {"name": "甄新人", "certificate": "样例-77-001", "department": "14", "expires_on": "2029-12-31"}
ITEM = {
    "code": "CF-99-001",
    "name": "试",
    "kind": "penalty",
    "department": "03",
    "basis": [{"law": "某法"}],
    "question_types": ["procedure"],
}
DELEGATION = {
    "item": "CF-02-002",
    "from_department": "02",
    "to_department": "14",
    "since": "2026-01-01",
    "document": "样例",
}
RENAME = {"name": "新东河镇", "name_en": "New Donghe"}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_everybody_sees_the_tree_and_the_items(rig: Rig) -> None:
    async with rig.desk(Role.OFFICER, department="13/01") as desk:
        tree = messages.DepartmentList.model_validate_json((await desk.get(f"{ORG}/departments")).content)
        assert [one.path for one in tree.departments[:3]] == ["", "01", "02"]
        assert len(tree.departments) == 24
        items = messages.ItemList.model_validate_json((await desk.get(f"{ORG}/items")).content)
        assert len(items.items) == 17
        ours = await desk.get(f"{ORG}/items", params={"delegated_to": "13/01"})
        assert len(messages.ItemList.model_validate_json(ours.content).items) == 13
        given = await desk.get(f"{ORG}/delegations", params={"to": "13", "item": "CF-03-001"})
        (one,) = messages.DelegationList.model_validate_json(given.content).delegations
        assert (one.from_department, one.in_force) == ("03", True)
        desks = await desk.get(f"{ORG}/items/CF-03-001/desks", params={"township": "13/01"})
        assert desks.json() | {"item": ""} == {
            "item": "",
            "item_version": 1,
            "departments": ["03"],
            "centres": ["01"],
            "is_delegated": True,
        }
        for path in (f"{ORG}/officers", f"{ORG}/export"):
            assert refusal(await desk.get(path)) == (403, "not_permitted")


async def test_an_operator_reads_the_officers_of_the_own_department_only(rig: Rig) -> None:
    async def seen(own: str, **asked: str | int) -> list[str]:
        async with rig.desk(Role.OPERATOR, department=own) as desk:
            answer = await desk.get(f"{ORG}/officers", params=asked)
            assert answer.status_code == 200, answer.text
            return [one.certificate for one in messages.OfficerList.model_validate_json(answer.content).officers]

    assert len(await seen("")) == 21
    assert await seen("13") == ["样例-13-001", "样例-13-002", "样例-13-003"]
    assert await seen("13/02") == ["样例-13-003"]
    assert await seen("1") == await seen("13", department="14") == await seen("13", after="\0") == []
    async with rig.desk(Role.OPERATOR) as desk:
        pages, after = [], ""
        while after is not None:
            page = (await desk.get(f"{ORG}/officers", params={"limit": 8, "after": after})).json()
            pages.append(len(page["officers"]))
            after = page["next_after"]
        assert pages == [8, 8, 5]
        expired = (await desk.get(f"{ORG}/officers", params={"department": "16"})).json()["officers"]
        assert [one["may_not_act"] for one in expired] == ["certificate_expired", "certificate_withdrawn"]


async def test_what_is_created_has_a_version_and_a_line(rig: Rig, admin: httpx2.AsyncClient) -> None:
    for path, body in (("departments", TEAM), ("officers", OFFICER), ("items", ITEM), ("delegations", DELEGATION)):
        answer = await admin.post(f"{ORG}/{path}", json=body)
        assert (answer.status_code, answer.headers["etag"]) == (201, '"1"'), answer.text
        again = await admin.post(f"{ORG}/{path}", json=body)
        assert refusal(again) == (409, "organisation_key_taken")
    assert all(rig.ledger.connected)
    assert [(act.action, act.actor) for act in rig.ledger.acts] == [
        (f"org.{kind}.change", "person:p-system_admin-") for kind in ("department", "officer", "item", "delegation")
    ]


async def test_a_change_needs_the_version_that_was_seen(rig: Rig, admin: httpx2.AsyncClient) -> None:
    path = f"{ORG}/departments/14"
    assert refusal(await admin.put(path, json=RENAME)) == (428, "if_match_missing")
    assert refusal(await admin.put(path, json=RENAME, headers={"If-Match": "*"})) == (428, "if_match_missing")
    for wrong in ('"2"', "1", 'W/"1"', '"x"', '"1", "2"', '"99999999999"'):
        assert refusal(await admin.put(path, json=RENAME, headers={"If-Match": wrong})) == (412, "if_match_outdated")
    done = await admin.put(path, json=RENAME, headers=tag(1))
    assert (done.status_code, done.headers["etag"], done.json()["name"]) == (200, '"2"', "新东河镇")
    assert refusal(await admin.put(path, json=TEAM_NAME, headers=tag(1))) == (412, "if_match_outdated")


TEAM_NAME = {"name": "又名", "name_en": "x"}


async def test_of_two_who_edit_the_same_one_is_told(rig: Rig, admin: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(
            admin.put(f"{ORG}/items/CF-03-001", json={**_without_code(ITEM), "name": f"名{n}"}, headers=tag(1))
            for n in range(5)
        )
    )
    assert sorted(one.status_code for one in answers) == [200, 412, 412, 412, 412]
    assert len(rig.ledger.acts) == 1
    kept = await admin.get(f"{ORG}/items/CF-03-001", params={"version": 1})
    assert kept.json()["name"].startswith("对露天焚烧")


def _without_code(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "code"}


async def test_the_life_of_a_team_and_its_officers(rig: Rig, admin: httpx2.AsyncClient) -> None:
    moved = await admin.post(f"{ORG}/moves/13/01", json={"parent": "14", "code": "01"}, headers=tag(1))
    assert (moved.status_code, moved.json()["path"]) == (200, "14/01")
    tree = {one["path"]: one for one in (await admin.get(f"{ORG}/departments")).json()["departments"]}
    assert tree["13/01"]["moved_to"] == "14/01"
    assert rig.org.now.officers_by_certificate["样例-13-001"].department == "14/01"
    closed = await admin.put(f"{ORG}/departments/14", json={**RENAME, "closed": True}, headers=tag(1))
    assert closed.json()["closed_utc_us"] == rig.world.utc_us()
    async with rig.desk(Role.OPERATOR, department="14") as desk:
        officers = (await desk.get(f"{ORG}/officers")).json()["officers"]
    assert {one["may_not_act"] for one in officers} == {"department_closed"}
    reopened = await admin.post(f"{ORG}/departments", json={**TEAM, "code": "02"})
    assert refusal(reopened) == (409, "organisation_rules_broken")
    county = await admin.put(f"{ORG}/county", json={"name": "新县", "name_en": "New"}, headers=tag(1))
    assert county.json()["name"] == "新县"


async def test_a_withdrawn_certificate_and_a_revoked_delegation(rig: Rig, admin: httpx2.AsyncClient) -> None:
    officer = rig.org.now.officers_by_certificate["样例-14-001"]
    body = {**OFFICER, "certificate": officer.certificate, "withdrawn_on": "2026-01-01"}
    answer = await admin.put(f"{ORG}/officers/{officer.id}", json=body, headers=tag(1))
    assert answer.json()["may_not_act"] == "certificate_withdrawn"
    (given,) = rig.org.now.delegations_by_item_and_township["CF-03-001", "14"]
    revoked = {"document": given.document, "closed": True}
    answer = await admin.put(f"{ORG}/delegations/{given.id}", json=revoked, headers=tag(1))
    assert (answer.json()["in_force"], answer.json()["closed_utc_us"]) == (False, rig.world.utc_us())
    assert not rig.org.desks_for("CF-03-001", "14").is_delegated


@pytest.mark.parametrize("roles", [[role] for role in Role if role is not Role.SYSTEM_ADMIN])
async def test_nobody_but_the_system_administrator_changes_anything(rig: Rig, roles: list[Role]) -> None:
    async with rig.desk(*roles) as desk:
        for method, path in CHANGING:
            assert refusal(await desk.request(method, f"{ORG}/{path}", headers=tag(1))) == (403, "not_permitted")
    assert rig.ledger.acts == []


CHANGING = [
    ("POST", "departments"),
    ("PUT", "departments/14"),
    ("PUT", "county"),
    ("POST", "moves/13/01"),
    ("POST", "officers"),
    ("PUT", "officers/x"),
    ("POST", "items"),
    ("PUT", "items/CF-03-001"),
    ("POST", "delegations"),
    ("PUT", "delegations/x"),
    ("POST", "import"),
    ("GET", "export"),
]


async def test_out_of_scope_looks_like_absent(rig: Rig) -> None:
    """An administrator of township 13 alone: what is elsewhere is answered like what is nowhere."""
    there = rig.org.now.officers_by_certificate["样例-14-001"].id
    values = {**OFFICER, "department": "13"}
    async with rig.desk(Role.SYSTEM_ADMIN, department="13") as desk:
        for elsewhere, nowhere, body in (
            ("departments/14", "departments/77", RENAME),
            (f"officers/{there}", "officers/nobody", values),
            ("items/CF-03-001", "items/NONE", _without_code(ITEM)),
        ):
            first = await desk.put(f"{ORG}/{elsewhere}", json=body, headers=tag(1))
            second = await desk.put(f"{ORG}/{nowhere}", json=body, headers=tag(1))
            assert refusal(first) == refusal(second) == (404, "organisation_entry_unknown")
            assert first.json()["detail"] == second.json()["detail"]
        assert refusal(await desk.post(f"{ORG}/officers", json=OFFICER))[0] == 404
        assert (await desk.post(f"{ORG}/officers", json=values)).status_code == 201
        assert (await desk.put(f"{ORG}/departments/13", json=RENAME, headers=tag(1))).status_code == 200


async def test_without_a_ledger_nothing_is_changed(rig: Rig, admin: httpx2.AsyncClient) -> None:
    rig.ledger.away = True
    before = await rig.org.store.read()
    for answer in (
        await admin.put(f"{ORG}/departments/14", json=RENAME, headers=tag(1)),
        await admin.post(f"{ORG}/officers", json=OFFICER),
        await admin.get(f"{ORG}/export"),
    ):
        assert refusal(answer) == (503, "ledger_unavailable")
    assert await rig.org.store.read() == before == rig.org.now
    assert (await admin.get(f"{ORG}/departments")).status_code == 200
