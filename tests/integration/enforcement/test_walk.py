"""From arrival to the file: what the team sends, what the console sees, what is on record."""

import json

import pytest

from dispatch_server.identity.model import Role
from dispatch_server.kit.scope import COUNTY
from tests.integration.enforcement.field import PERSON, WELL, Field
from tests.integration.matrix.things import case_made

pytestmark = pytest.mark.timeout(120)
REQUIRED = ["spoken_notice", "show_certificate", "onsite_inspection", "inform_rights", "sign"]


def missing(detail: dict[str, object]) -> list[str]:
    lines = detail["checklist"]
    assert isinstance(lines, list)
    return [line["step"]["code"] for line in lines if line["missing"]]


async def take(field: Field, identity: str, step: str) -> None:
    for what in ("begin", "end"):
        answer = await field.send("T1301", identity, "steps", step=step, what=what)
        assert answer.status_code == 200, answer.text


async def test_a_whole_enforcement(stored: Field) -> None:
    field = stored
    begun = field.now
    identity = await field.under_way(terminals=["T1302"])
    assert missing(await field.detail(identity)) == REQUIRED
    for step in REQUIRED[:4]:
        await take(field, identity, step)
    await field.recorded("T1302", begun, field.now + 1_000_000)
    detail = await field.detail(identity)
    assert missing(detail) == ["sign"]
    assert {one["covered"] for one in detail["steps"]} == {True}
    assert (await field.send("T1302", identity, "marks", text="秤的封条完好", important=True)).status_code == 200
    assert (await field.send("T1301", identity, "pause", reason="换电池")).status_code == 200
    assert (await field.detail(identity))["paused"]
    assert (await field.send("T1301", identity, "resume", reason="电池已换")).status_code == 200
    assert (await field.send("T1301", identity, "finish")).status_code == 422, "stopping needs a reason"
    words = {"key": field.key(), "missing": []}
    assert (await field.desk("POST", f"/enforcements/{identity}/finish", words)).status_code == 422, "at both doors"
    refused = await field.send("T1301", identity, "finish", reason="检查完毕")
    assert (refused.status_code, refused.json()["code"]) == (409, "steps_missing")
    why = [{"step": "sign", "reason": "当事人拒签，已由见证人见证"}]
    assert (await field.send("T1301", identity, "finish", reason="检查完毕", missing=why)).json()["state"] == "finished"
    detail = await field.detail(identity)
    assert missing(detail) == []
    assert [mark["text"] for mark in detail["marks"]] == ["秤的封条完好"]
    pause = detail["pauses"][0]
    assert (pause["reason"], pause["resume_reason"]) == ("换电池", "电池已换")
    excuse = {"key": field.key(), "step": "sign", "reason": "拒签说明已附卷"}
    assert (await field.desk("POST", f"/enforcements/{identity}/excuse", excuse)).status_code == 200
    filed = {"key": field.key(), "case_id": (await case_made(field.whole))["id"]}
    assert (await field.desk("POST", f"/enforcements/{identity}/file", filed)).json()["state"] == "filed"
    late = await field.desk("POST", f"/enforcements/{identity}/excuse", {**excuse, "key": field.key()})
    assert (late.status_code, late.json()["code"]) == (409, "enforcement_state")
    assert (await field.detail(identity))["checklist"][-1]["step"]["code"] == "non_cooperation"


async def test_a_step_that_no_recording_covers_is_still_missing(field: Field) -> None:
    identity = await field.under_way()
    await field.recorded("T1401", 0, field.now + 10_000_000)
    await take(field, identity, "spoken_notice")
    line = (await field.detail(identity))["checklist"][0]
    assert (line["standing"], line["taken"], line["missing"]) == ("unrecorded", True, True)


async def test_each_change_is_on_record_without_the_party_and_without_free_words(field: Field) -> None:
    identity = await field.under_way()
    await field.send("T1301", identity, "marks", text="当事人张三丰说")
    await field.send("T1301", identity, "pause", reason="张三丰阻拦")
    acts = [act for act in field.ledger.acts if act.subject == f"enforcement:{identity}"]
    assert [act.detail["done"] for act in acts] == ["open", "begin", "mark", "pause"]
    assert {(act.actor, act.action, act.department) for act in acts} == {
        ("terminal:T1301", "terminal.enforcement", "13")
    }
    assert PERSON["name"] not in repr(field.ledger.acts) and PERSON["identifier"] not in repr(field.ledger.acts)


async def test_without_a_ledger_nothing_is_changed(field: Field) -> None:
    identity = await field.opened()
    field.ledger.is_away = True
    assert (await field.send("T1301", identity, "begin", check=WELL)).status_code == 503
    field.ledger.is_away = False
    assert (await field.detail(identity))["state"] == "opened"
    assert (await field.send("T1301", identity, "begin", check=WELL)).status_code == 200


async def test_the_check_before_the_start(field: Field) -> None:
    identity = await field.opened()
    refused = await field.send("T1301", identity, "begin", check={**WELL, "battery_percent": 5})
    assert (refused.status_code, refused.json()["code"], refused.json()["accepted"]) == (
        409,
        "check_needs_reason",
        ["reason"],
    )
    answer = await field.send("T1301", identity, "begin", check={"charging": True}, reason="违法行为正在发生")
    assert answer.status_code == 200
    detail = await field.detail(identity)
    assert detail["check_troubles"] == ["storage_unknown", "clock_unknown"]
    assert detail["check_reason"] == "违法行为正在发生"


async def test_one_opened_by_mistake_is_cancelled(field: Field) -> None:
    identity = await field.opened()
    answer = await field.send("T1301", identity, "cancel", reason="选错了事项")
    assert answer.json()["state"] == "cancelled"
    assert (await field.send("T1301", identity, "begin", check=WELL)).status_code == 409


async def test_what_the_terminal_reads(field: Field) -> None:
    choices = (await field.terminal("T1301", "GET", "/enforcement-choices")).json()
    assert "CF-03-001" in [item["code"] for item in choices["items"] if item["delegated"]]
    assert [one["certificate"] for one in choices["officers"]] == ["样例-13-001", "样例-13-002", "样例-13-003"]
    assert (choices["terminals"], choices["steps"]["template"]) == (["T1302"], True)
    assert (await field.terminal("T1301", "GET", "/enforcement")).json()["enforcement"] is None
    waiting = await field.opened()
    current = (await field.terminal("T1301", "GET", "/enforcement")).json()
    assert [one["id"] for one in current["waiting"]] == [waiting]
    await field.send("T1301", waiting, "begin", check=WELL)
    current = (await field.terminal("T1301", "GET", "/enforcement")).json()
    assert (current["enforcement"]["id"], current["enforcement"]["party"]) == (waiting, {**PERSON, "masked": False})
    assert (await field.terminal("T1302", "GET", "/enforcement")).json()["enforcement"] is None


async def test_the_console_finds_it(field: Field) -> None:
    first, second = await field.under_way(), await field.opened("T1302", item="CF-03-002")
    other = await field.opened("T1401")

    async def found(query: str, **who: object) -> list[str]:
        answer = await field.desk("GET", f"/enforcements?{query}", **who)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["enforcements"]]

    assert await found("") == [other, second, first]
    assert await found("state=under_way") == [first]
    assert await found("state=opened&state=under_way&department=13") == [second, first]
    assert await found("officer=贾东河") == await found("officer=样例-14-001") == [other]
    assert await found("item=CF-03-002") == [second]
    assert await found("party=三丰&department=13") == [second, first]
    assert await found("party=%25") == [] == await found("party=三_")
    assert await found(f"from_utc_us={field.now}") == []
    page = (await field.desk("GET", "/enforcements?limit=2")).json()
    assert await found(f"limit=2&cursor={page['next_cursor']}") == [first]
    assert (await field.desk("GET", "/enforcements?cursor=x")).json()["code"] == "cursor_unusable"
    under_way = (await field.desk("GET", "/enforcements/under-way")).json()["enforcements"]
    assert [one["enforcement"]["id"] for one in under_way] == [first]
    assert not under_way[0]["is_silent"]


async def test_who_need_not_know_sees_no_person(field: Field) -> None:
    identity = await field.opened()
    detail = await field.detail(identity, role=Role.EXPERT)
    hidden = f"130{'＊' * 13}34"
    assert detail["party"] == {"kind": "person", "name": "张＊＊", "identifier": hidden, "masked": True}
    assert PERSON["name"] not in json.dumps((await field.desk("GET", "/enforcements")).json(), ensure_ascii=False)
    for path in (f"/enforcements/{identity}/party", "/enforcements?party=张三丰"):
        refused = await field.desk("GET", path, role=Role.EXPERT)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    field.ledger.acts.clear()
    assert (await field.desk("GET", f"/enforcements/{identity}/party")).json() == {**PERSON, "masked": False}
    acts = [act for act in field.ledger.of("enforcement.party") if act.outcome == "begun"]
    assert [act.subject for act in acts] == [f"enforcement:{identity}"]


async def test_other_rooms_are_told_and_find_what_they_need(field: Field) -> None:
    since = field.now
    identity = await field.under_way()
    service = field.room.service
    assert service.under_way()["T1301"].id == identity
    await take(field, identity, "spoken_notice")
    facts = await service.facts_of(identity)
    assert facts.steps == (("spoken_notice", "scene"),)
    assert facts.officers == (("样例-13-001", "贾一城"), ("样例-13-002", "甄一关"))
    assert (facts.party.name, facts.latitude) == (PERSON["name"], 38.0)
    assert [one.id for one in await service.changed_since(since, 10)] == [identity]
    assert await service.changed_since(field.now, 10) == []
    assert len(await service.steps_of(identity)) == 1


async def test_a_silent_terminal_s_enforcement_is_pointed_out_and_not_ended(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = await field.under_way()
    world = field.whole.wiring.world
    later = world.utc_us() + 13 * 3600 * 1_000_000
    monkeypatch.setattr(world, "utc_us", lambda: later)
    found = field.room.views.under_way(COUNTY).enforcements
    assert [(one.enforcement.id, one.is_silent) for one in found] == [(identity, True)]


async def test_what_another_node_began_is_known_after_a_compare(field: Field) -> None:
    identity = await field.under_way()
    field.room.service.standing.load([])
    await field.room.service.refresh()
    assert field.room.service.under_way()["T1301"].id == identity


async def test_what_the_console_opens_one_with(field: Field) -> None:
    choices = (await field.desk("GET", "/enforcements/choices?department=13")).json()
    assert "CF-03-001" in [item["code"] for item in choices["items"] if item["delegated"]]
    assert [one["certificate"] for one in choices["officers"]] == ["样例-13-001", "样例-13-002", "样例-13-003"]
    assert choices["terminals"] == ["T1301", "T1302"]
    assert choices["thresholds"]["battery_percent"] > 0
    for elsewhere in ("14", "97", ""):  # of a sibling, of none: the same answer
        answer = await field.desk("GET", f"/enforcements/choices?department={elsewhere}", place="13")
        assert (answer.status_code, answer.json()["code"]) == (400, "department_unknown")
