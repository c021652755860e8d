"""Recordings and enforcements in cases, exhibits, what a case lacks, how long it wants its footage, and holds."""

from datetime import date
from typing import Any

import httpx2

from dispatch_server.cases.model import CaseLinked
from dispatch_server.identity.model import Role
from dispatch_server.kit.errors import Absent
from dispatch_server.kit.scope import COUNTY, Scope
from tests.integration.cases.conftest import Rig, opened, tag

API = "/api/v1/cases"


async def linked(client: httpx2.AsyncClient, case_id: str, thing: str, one: str) -> httpx2.Response:
    return await client.post(f"{API}/{case_id}/links", json={"thing": thing, "id": one})


def told(rig: Rig) -> list[tuple[str, ...]]:
    return [one.recording_ids for one in rig.bus.events if isinstance(one, CaseLinked)]


async def test_a_link_is_withdrawn_and_leaves_its_trace(rig: Rig, client: httpx2.AsyncClient) -> None:
    case, one = await opened(client), rig.record("recording-1")
    made = await linked(client, case["id"], "recording", one)
    assert made.status_code == 201 and made.json()["links"][0]["thing_id"] == one
    assert (await linked(client, case["id"], "recording", one)).json()["code"] == "already_linked"
    link = made.json()["links"][0]
    path = f"{API}/{case['id']}/links/{link['id']}/withdrawal"
    gone = (await client.post(path, json={"why": "关联错误"})).json()["links"][0]
    assert (gone["why"], gone["withdrawn_by"]) == ("关联错误", "person:p-operator-13")
    assert (await client.post(path, json={"why": "关联错误"})).json()["code"] == "link_unknown"
    again = (await linked(client, case["id"], "recording", one)).json()["links"]
    assert [one["withdrawn_utc_us"] is None for one in again] == [False, True]
    assert told(rig) == [(one,)] * 3
    done = [act.detail["done"] for act in rig.ledger.of("case.link") if act.outcome == "done"]
    assert done == ["linked", "withdrawn", "linked"]


async def test_one_recording_is_in_several_cases_and_an_enforcement_brings_its_own(
    rig: Rig, client: httpx2.AsyncClient
) -> None:
    first, second = await opened(client), await opened(client, "青市监罚〔2026〕2号")
    shown, alone = rig.record("recording-1", shows="enforcement-1"), rig.record("recording-2")
    rig.enforce("enforcement-1")
    await linked(client, first["id"], "enforcement", "enforcement-1")
    await linked(client, first["id"], "recording", alone)
    await linked(client, second["id"], "recording", shown)
    assert await rig.cases.recordings_of(first["id"], COUNTY) == [alone, shown]
    assert [one.number for one in await rig.cases.cases_of(shown)] == [first["number"], second["number"]]
    assert told(rig) == [(shown,), (alone,), (shown,)]
    assert [one.id for one in await rig.cases.changed_since(0, 10)] == [first["id"], second["id"]]
    for scope in (Scope.of("14"), Scope.of()):
        try:
            await rig.cases.recordings_of(first["id"], scope)
        except Absent as refused:
            assert refused.code == "case_unknown"
        else:
            raise AssertionError("seen by others")


async def test_the_footage_of_a_case_is_what_its_exhibits_are_named_of(rig: Rig, client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    shown, alone = rig.record("recording-1", shows="enforcement-1"), rig.record("recording-2", state="open")
    rig.enforce("enforcement-1")
    rig.record("recording-3", department="14", shows="enforcement-1")  # of another department's terminal
    path = f"{API}/{case['id']}/recordings"
    assert (await client.get(path)).json()["recordings"] == []
    await linked(client, case["id"], "recording", alone)
    await linked(client, case["id"], "enforcement", "enforcement-1")
    body = (await client.get(path)).json()
    told = [(one["recording_id"], one["source"], one["state"]) for one in body["recordings"]]
    assert told == [(shown, "T1301", "sealed"), (alone, "T1301", "open")] and body["count"] == 2
    for one, _, _ in told:
        named = await client.post(f"{API}/{case['id']}/exhibits", json={"recording_id": one, "proves": "现场情况"})
        assert named.status_code == 201
    async with rig.desk(Role.OPERATOR, department="14") as stranger:
        assert (await stranger.get(path)).json()["code"] == "case_unknown"


async def test_what_is_not_there_for_the_asker_is_not_linked(rig: Rig, client: httpx2.AsyncClient) -> None:
    case = await opened(client)
    hidden = rig.record("recording-of-14", department="14")
    rig.enforce("enforcement-of-14", department="14")
    answers = [
        await linked(client, case["id"], thing, one)
        for thing, one in (
            ("recording", hidden), ("recording", "nobodys-recording"), ("enforcement", "enforcement-of-14"),
            ("enforcement", "nobodys-enforcement"),
        )
    ]  # fmt: skip
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "linked_thing_unknown")}


async def test_exhibits_lie_within_recordings_of_the_case(rig: Rig, client: httpx2.AsyncClient) -> None:
    case, one = await opened(client), rig.record("recording-1")
    begun = rig.recordings.known[one].begun_utc_us
    path = f"{API}/{case['id']}/exhibits"

    async def named(**more: Any) -> httpx2.Response:
        return await client.post(path, json={"recording_id": one, "proves": "当事人签收", **more})

    assert (await named()).json()["code"] == "linked_thing_unknown"
    await linked(client, case["id"], "recording", one)
    for wrong in (
        {"from_utc_us": begun - 1},
        {"to_utc_us": begun + 60_000_001},
        {"from_utc_us": begun + 9, "to_utc_us": begun + 9},
    ):
        assert (await named(**wrong)).json()["code"] == "exhibit_range_wrong", wrong
    made = (await named(from_utc_us=begun + 5, to_utc_us=begun + 9)).json()["exhibits"][0]
    assert (made["proves"], made["from_utc_us"]) == ("当事人签收", begun + 5)
    gone = await client.post(f"{path}/{made['id']}/withdrawal", json={"why": "片段不准确"})
    assert gone.json()["exhibits"][0]["why"] == "片段不准确"
    assert (await client.post(f"{path}/{made['id']}/withdrawal", json={"why": "再次"})).status_code == 404


async def test_what_it_lacks_is_told_until_nothing_is(rig: Rig, client: httpx2.AsyncClient) -> None:
    case = await opened(client)

    async def codes() -> list[str]:
        answer = await client.get(f"{API}/{case['id']}/lacks")
        assert answer.status_code == 200
        return [one["code"] for one in answer.json()["lacks"]]

    assert await codes() == ["no_enforcement", "no_recording", "no_exhibit"]
    one = rig.record("recording-1", state="closed", shows="enforcement-1")
    rig.enforce("enforcement-1", unrecorded=("sign",), has_confirmation=True, unexplained_us=5)
    await linked(client, case["id"], "enforcement", "enforcement-1")
    assert await codes() == [
        "step_unrecorded", "coverage_unexplained", "recording_unsealed", "no_exhibit", "no_confirmation_exhibit"
    ]  # fmt: skip
    rig.record(one)
    rig.enforce("enforcement-1", has_confirmation=True)
    await client.post(f"{API}/{case['id']}/exhibits", json={"recording_id": one, "proves": "当事人签收"})
    assert await codes() == []
    case = (await client.get(f"{API}/{case['id']}")).json()
    path = f"{API}/{case['id']}/state"
    assert (await client.post(path, json={"what": "fill"}, headers=tag(case["version"]))).status_code == 200


async def test_footage_is_kept_as_long_as_its_longest_case(rig: Rig, client: httpx2.AsyncClient) -> None:
    one = rig.record("recording-1", shows="enforcement-1")
    rig.enforce("enforcement-1")
    assert await rig.cases.case_life_of(one) is None
    until = {"kept_for": "until", "until": "2030-01-01"}
    short, long = await opened(client, retention=until), await opened(client, "青市监罚〔2026〕2号")
    await linked(client, short["id"], "recording", one)
    await linked(client, long["id"], "enforcement", "enforcement-1")
    for case in (short, long):
        life = await rig.cases.case_life_of(one)
        assert life is not None and life.until is None, "a case that is not closed has no end"
        for what in ("fill", "close"):
            version = (await client.get(f"{API}/{case['id']}")).json()["version"]
            words = {"what": what, "reason": "先行归卷"}
            moved = await client.post(f"{API}/{case['id']}/state", json=words, headers=tag(version))
            assert moved.status_code == 200
    life = await rig.cases.case_life_of(one)
    assert life is not None and life.until == date(2036, 9, 21) and set(life.case_ids) == {short["id"], long["id"]}


async def test_all_footage_of_a_case_is_held(rig: Rig, client: httpx2.AsyncClient) -> None:
    case, one = await opened(client), rig.record("recording-1", shows="enforcement-1")
    path, words = f"{API}/{case['id']}/hold", {"reason": "行政诉讼"}
    assert (await client.post(path, json=words)).json()["code"] == "nothing_to_hold"
    rig.enforce("enforcement-1")
    await linked(client, case["id"], "enforcement", "enforcement-1")
    assert (await client.post(path, json=words)).json() == {
        "hold_id": "hold-1",
        "recordings": 1,
        "left_out": ["gone-1"],
    }
    assert rig.holds.placed == [(case["id"], [one], "行政诉讼", None)]
    assert [act.outcome for act in rig.ledger.of("case.hold") if act.outcome != "failed"] == ["begun"]
    rig.cases.holds = None
    assert (await client.post(path, json=words)).json()["code"] == "holds_unavailable"
    async with rig.desk(Role.OFFICER, department="13") as officer:
        assert (await officer.post(path, json=words)).status_code == 403
