"""The ledger over HTTP: the audit administrator alone searches, proves and exports it, and each of it is an act."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.audit.canonical import read
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.signing import holds
from dispatch_server.audit.sources import Outside
from dispatch_server.audit.tree import leaf_hash, proves_inclusion
from dispatch_server.identity.model import Person, Role
from tests.integration.audit.desk import Desk
from tests.integration.audit.rig import Node
from tests.unit.audit.made import report_of
from tests.waiting import until_async

API = "/api/v1/ledger"


@pytest.fixture
async def desk(node: Node) -> AsyncIterator[Desk]:
    desk = Desk(node)
    await until_async(node.room.heads.newest)
    await desk.fill(30)
    yield desk


async def newest_act(desk: Desk) -> dict[str, Any]:
    value: dict[str, Any] = read((await desk.node.lines())[-1])
    return value


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDIT_ADMIN])
async def test_nobody_else_sees_any_of_it(desk: Desk, role: Role) -> None:
    async with desk.client(Person("p1", "x", frozenset({role}))) as client:
        for path in ("/acts", "/acts/3", "/head", "/export"):
            assert (await client.get(API + path)).status_code == 403
    acts = [read(line) for line in (await desk.node.lines())[30:]]
    assert [(act["action"], act["actor"], act["outcome"]) for act in acts] == [
        (action, "person:p1", "refused")
        for action in ("ledger.search", "ledger.prove", "ledger.search", "ledger.export")
    ]


async def test_a_stranger_sees_none_of_it(desk: Desk) -> None:
    async with desk.client() as client:
        client.cookies.clear()
        for path in ("/acts", "/acts/3", "/head", "/export"):
            assert (await client.get(API + path)).status_code == 401


async def test_pages_go_back_without_a_hole_and_a_search_is_one_act(desk: Desk) -> None:
    async with desk.client() as client:
        found, cursor = [], None
        for _ in range(5):
            asked = {"limit": 7, **({"cursor": cursor} if cursor else {})}
            answer = (await client.get(f"{API}/acts", params=asked)).json()
            found += [entry["index"] for entry in answer["acts"]]
            cursor = answer["next_cursor"]
        assert cursor is None
    assert found == list(range(30, -1, -1))
    act = await newest_act(desk)
    assert (act["action"], act["actor"], act["actor_name"]) == ("ledger.search", "person:p9", "审计员")


async def test_a_cursor_that_was_not_given_to_this_search_is_a_search(desk: Desk) -> None:
    """To begin with a cursor of one's own making, or with another search's, is no way around the record."""
    made_up = f"999999999999999-{'0' * 64}"
    async with desk.client() as client:
        first = (await client.get(f"{API}/acts", params={"cursor": made_up})).json()
        assert [act["action"] for act in first["acts"][:2]] == ["ledger.search", "recording.play"]
        assert first["acts"][0]["detail"] == {"asked_before": 999999999999999}
        page = (await client.get(f"{API}/acts", params={"limit": 10})).json()
        searches = len(await desk.searches())
        own = {"limit": 10, "cursor": page["next_cursor"]}
        assert (await client.get(f"{API}/acts", params=own)).status_code == 200
        assert len(await desk.searches()) == searches
        assert (await client.get(f"{API}/acts", params={**own, "actor": "person:p1"})).status_code == 200
        assert len(await desk.searches()) == searches + 1


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"actor": "person:p1"}, lambda n: n % 4 == 1),
        ({"action": "stream.watch"}, lambda n: n % 5 == 0),
        ({"action": "recording."}, lambda n: n % 5 != 0),
        ({"subject": "stream:17"}, lambda n: n == 17),
        ({"outcome": "refused"}, lambda n: n % 2 == 1),
        ({"department": "13"}, lambda n: n % 3 != 0),
        ({"department": "1"}, lambda n: False),
        ({"outcome": "refused", "action": "stream.watch"}, lambda n: n % 10 == 5),
        ({"from_utc_us": 1 << 62}, lambda n: False),
        ({"to_utc_us": 5}, lambda n: False),
    ],
)
async def test_who_what_when_about_what_where_and_how(desk: Desk, asked: dict[str, Any], wanted: Any) -> None:
    async with desk.client() as client:
        answer = await client.get(f"{API}/acts", params={**asked, "limit": 200})
    assert answer.status_code == 200, answer.text
    assert [entry["index"] for entry in answer.json()["acts"]] == [n for n in range(29, -1, -1) if wanted(n)]
    told = (await newest_act(desk))["detail"]
    assert set(told) == {f"asked_{name}" for name in asked}


@pytest.mark.parametrize(
    "asked",
    ["limit=0", "limit=201", "cursor=x", "cursor=999999999999999", "outcome=x", "from_utc_us=-1", f"actor={'x' * 201}"],
)
async def test_a_question_that_does_not_fit_is_refused(desk: Desk, asked: str) -> None:
    async with desk.client() as client:
        assert (await client.get(f"{API}/acts?{asked}")).status_code == 422


async def test_an_act_is_proven_to_whoever_doubts_it(desk: Desk) -> None:
    async with desk.client() as client:
        answer = (await client.get(f"{API}/acts/17")).json()
        assert (await client.get(f"{API}/acts/1000")).status_code == 404
    head = SignedHead.of(answer["head"])
    proof = [bytes.fromhex(step) for step in answer["proof"]]
    leaf = leaf_hash(answer["line"].encode())
    assert holds(head) and proves_inclusion(17, head.size, leaf, proof, head.root)
    assert not proves_inclusion(18, head.size, leaf, proof, head.root)
    assert answer["entry"]["subject"] == "stream:17" and answer["entry"]["detail"] == {"layer": "main", "number": 17}


async def test_an_export_is_whole_and_holds_the_act_of_exporting(desk: Desk, tmp_path: Path) -> None:
    async with desk.client() as client:
        answer = await client.get(f"{API}/export")
    assert answer.headers["content-type"] == "application/jsonl"
    report = report_of(answer.content, tmp_path)
    assert report.is_good, list(report.said())
    assert (report.acts, report.signed) == (31, 31)
    assert (await newest_act(desk))["action"] == "ledger.export"
    witness = desk.node.room.heads.newest()
    assert witness is not None
    assert report_of(answer.content, tmp_path, Outside([witness])).is_good
    assert not report_of(answer.content[:-200], tmp_path).is_good


async def test_a_department_does_not_see_the_whole(desk: Desk) -> None:
    async with desk.client(Person("p8", "x", frozenset({Role.AUDIT_ADMIN}), "13")) as client:
        answer = (await client.get(f"{API}/acts", params={"limit": 200})).json()
        assert {entry["department"] for entry in answer["acts"]} == {"13/02", "13"}  # the other's and one's own
        for path in ("/acts/3", "/export"):
            assert (await client.get(API + path)).status_code == 403
            assert (await newest_act(desk))["outcome"] == "refused"


async def test_the_newest_head_is_shown(desk: Desk) -> None:
    async with desk.client() as client:
        head = SignedHead.of((await client.get(f"{API}/head")).json())
    assert head == desk.node.room.heads.newest()


async def test_without_a_ledger_nothing_of_it_is_shown(node: Node) -> None:
    desk = Desk(node)
    await desk.fill(4)
    async with desk.client() as client:
        node.ledger._runs = False
        for path in ("/acts", "/acts/3", "/export"):
            answer = await client.get(API + path)
            assert (answer.status_code, answer.json()["code"]) == (503, "ledger_unavailable")
        node.ledger.open()
