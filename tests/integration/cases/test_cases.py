"""Case files over HTTP: their numbers, their life, who sees them, and that nothing changes without its line."""

from typing import Any

import httpx2
import pytest

from dispatch_server.cases.model import CaseChanged
from dispatch_server.identity.model import Role
from tests.integration.cases.conftest import Rig, opened, tag, words

API = "/api/v1/cases"


def without_department(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "department"}


async def move(client: httpx2.AsyncClient, case: dict[str, Any], what: str, reason: str = "") -> httpx2.Response:
    path = f"{API}/{case['id']}/state"
    return await client.post(path, json={"what": what, "reason": reason}, headers=tag(case["version"]))


async def test_a_case_is_opened_read_listed_and_changed(rig: Rig, client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    assert case["state"] == "opened" and case["kept_until"] is None and case["department_name"] == "部门 13"
    assert (await client.get(f"{API}/{case['id']}")).json() == case
    body = without_department(words("青市监罚【2026】2 号", cause="占道经营"))
    changed = await client.put(f"{API}/{case['id']}", json=body, headers=tag(1))
    assert changed.status_code == 200 and changed.json()["version"] == 2 and changed.json()["cause"] == "占道经营"
    listed = (await client.get(API)).json()["cases"]
    assert [one["number"] for one in listed] == ["青市监罚【2026】2 号"]
    assert rig.ledger.lines() == [(f"case.{one}", f"case:{case['id']}", "done") for one in ("open", "change")]
    assert "王小明" not in repr(rig.ledger.acts) + repr(rig.bus.events)
    assert [type(one) for one in rig.bus.events] == [CaseChanged, CaseChanged]


async def test_a_number_is_one_in_its_department_and_year(client: httpx2.AsyncClient) -> None:
    await opened(client)
    again = await client.post(API, json=words("青市监罚（2026） 1 号"))
    assert again.status_code == 409 and again.json()["code"] == "case_number_taken"
    assert (await client.post(API, json=words(year=2027))).status_code == 201
    assert (await client.post(API, json=words(department="13/01"))).status_code == 201
    other = await opened(client, "青市监罚〔2026〕2号")
    taken = await client.put(f"{API}/{other['id']}", json=without_department(words()), headers=tag(1))
    assert taken.status_code == 409 and taken.json()["code"] == "case_number_taken"


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"number": "没有年份"}, 400, "case_number_wrong"),
        ({"officers": ["样例-99-001"]}, 400, "officer_unknown"),
        ({"retention": {"kept_for": "years"}}, 400, "case_retention_wrong"),
        ({"retention": {"kept_for": "until"}}, 400, "case_retention_wrong"),
        ({"retention": {"kept_for": "permanent", "years": 3}}, 400, "case_retention_wrong"),
        ({"department": "14"}, 404, "department_unknown"),
        ({"department": "13/09"}, 404, "department_unknown"),
        ({"cause": "\x00"}, 422, "invalid"),
        ({"surprise": 1}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_a_case_is_refused(
    client: httpx2.AsyncClient, more: dict[str, Any], status: int, code: str
) -> None:
    answer = await client.post(API, json=words(**more))
    assert answer.status_code == status
    assert status == 422 or answer.json()["code"] == code


async def test_nobody_overwrites_what_they_have_not_seen(client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    path, body = f"{API}/{case['id']}", without_department(words(cause="另一案由"))
    assert (await client.put(path, json=body)).status_code == 428
    assert (await client.put(path, json=body, headers=tag(7))).status_code == 412
    assert (await client.put(path, json=body, headers=tag(1))).status_code == 200
    assert (await client.put(path, json=body, headers=tag(1))).status_code == 412


async def test_a_case_is_filled_closed_and_reopened(client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    assert (await move(client, case, "close")).json()["code"] == "case_state"
    lacking = await move(client, case, "fill")
    assert lacking.status_code == 409 and lacking.json()["code"] == "case_lacks"
    filled = (await move(client, case, "fill", "先行归卷")).json()
    assert (filled["state"], filled["filled_reason"]) == ("filled", "先行归卷")
    closed = (await move(client, filled, "close")).json()
    assert (closed["state"], closed["closed_on"], closed["kept_until"]) == ("closed", "2026-09-21", "2036-09-21")
    refused = await client.put(f"{API}/{case['id']}", json=without_department(words()), headers=tag(closed["version"]))
    assert refused.status_code == 409 and refused.json()["code"] == "case_closed"
    reopened = (await move(client, closed, "reopen")).json()
    assert (reopened["state"], reopened["closed_on"], reopened["kept_until"]) == ("reopened", None, None)


async def test_others_see_nothing_and_experts_no_names(rig: Rig, client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    async with rig.desk(Role.OPERATOR, department="14") as other:
        assert (await other.get(API)).json()["cases"] == []
        absent = await other.get(f"{API}/{case['id']}")
        unknown = await other.get(f"{API}/{rig.world.new_id()}")
        assert absent.status_code == unknown.status_code == 404 and absent.json()["code"] == unknown.json()["code"]
        assert (await move(other, case, "fill", "没有权限")).status_code == 404
    async with rig.desk(Role.EXPERT) as expert:
        assert (await expert.get(f"{API}/{case['id']}")).json()["party"] == {
            "kind": "person",
            "name": "王＊＊",
            "identifier": "",
        }
        assert (await expert.post(API, json=words())).status_code == 403


async def test_lists_are_filtered_and_come_in_pages(rig: Rig, client: httpx2.AsyncClient) -> None:
    made = []
    for number in range(1, 6):
        rig.world.advance(1)
        made.append((await opened(client, f"青市监罚〔2026〕{number}号", cause=f"案由{number % 2}"))["id"])
    seen: list[str] = []
    cursor = None
    while True:
        page = (await client.get(API, params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen += [one["id"] for one in page["cases"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == made[::-1]
    asked_and_found: list[tuple[dict[str, Any], int]] = [
        ({"number": "罚(2026)3"}, 1),
        ({"cause": "案由1"}, 3),
        ({"cause": "%"}, 0),
        ({"officer": "样例-13-002"}, 5),
        ({"officer": "样例-13"}, 0),
        ({"officer": " 甄一关"}, 5),
        ({"officer": "甄一"}, 0),
        ({"state": "closed"}, 0),
        ({"year": 2026}, 5),
        ({"department": "13/01"}, 0),
    ]
    for asked, count in asked_and_found:
        assert len((await client.get(API, params=asked)).json()["cases"]) == count, asked
    assert (await client.get(API, params={"cursor": "x"})).status_code == 400


async def test_without_the_ledger_nothing_changes(rig: Rig, client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    rig.ledger.is_away = True
    assert (await client.post(API, json=words("青市监罚〔2026〕2号"))).status_code == 503
    assert (await move(client, case, "fill", "先行归卷")).status_code == 503
    rig.ledger.is_away = False
    assert [one["version"] for one in (await client.get(API)).json()["cases"]] == [1]
