"""What comes late, twice, too early or out of its order."""

from dataclasses import replace

import pytest

from dispatch_server.enforcement.store import EnforcementStore
from tests.integration.enforcement.field import WELL, Field
from tests.integration.matrix.server import HOME

pytestmark = pytest.mark.timeout(120)
SECOND = 1_000_000
HOUR = 3600 * SECOND


async def test_a_day_without_a_network_is_replayed(stored: Field) -> None:
    field = stored
    then = field.now - 10 * HOUR
    own = field.whole.new_id()
    opening = field.opening(id=own, utc_us=then)
    answer = await field.terminal("T1301", "POST", "/enforcements", opening)
    assert answer.json()["enforcement_id"] == own
    commands = [
        ("begin", {"check": WELL}),
        ("steps", {"step": "spoken_notice", "what": "begin"}),
        ("steps", {"step": "spoken_notice", "what": "end"}),
        ("marks", {"text": "封条"}),
        ("pause", {"reason": "换电池"}),
        ("resume", {"reason": "已换"}),
    ]
    sent = []
    for second, (what, words) in enumerate(commands, 1):
        body = {"key": field.key(), "utc_us": then + second * SECOND} | words
        answer = await field.terminal("T1301", "POST", f"/enforcements/{own}/{what}", body)
        assert answer.status_code == 200, answer.text
        sent.append((what, body, answer.json()))
    before = await field.detail(own)
    for what, body, first in reversed(sent):
        again = await field.terminal("T1301", "POST", f"/enforcements/{own}/{what}", body)
        assert (again.status_code, again.json()) == (200, first)
    again = await field.terminal("T1301", "POST", "/enforcements", opening)
    assert (again.status_code, again.json()["state"]) == (201, "opened")
    detail = await field.detail(own)
    assert detail == before
    step = detail["steps"][0]
    assert (step["begun_utc_us"], step["ended_utc_us"]) == (then + 2 * SECOND, then + 3 * SECOND)
    mark = detail["marks"][0]
    assert mark["utc_us"] == then + 4 * SECOND and mark["received_utc_us"] > then + 9 * HOUR


async def test_without_its_memory_a_repetition_would_be_done_twice(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = await field.under_way()
    body = {"key": field.key(), "text": "x"}

    async def forgotten(*_: object) -> None:
        return None

    for _ in range(2):
        assert (await field.terminal("T1301", "POST", f"/enforcements/{identity}/marks", body)).status_code == 200
    assert len((await field.detail(identity))["marks"]) == 1
    monkeypatch.setattr(EnforcementStore, "command", forgotten)
    monkeypatch.setattr(EnforcementStore, "_keep", forgotten)
    await field.terminal("T1301", "POST", f"/enforcements/{identity}/marks", body)
    assert len((await field.detail(identity))["marks"]) == 2


async def test_a_used_key_is_for_no_other_command(field: Field) -> None:
    identity = await field.under_way()
    body = {"key": field.key(), "text": "x"}
    await field.terminal("T1301", "POST", f"/enforcements/{identity}/marks", body)
    for path, words in (("marks", {"text": "y"}), ("pause", {"reason": "换电池"})):
        answer = await field.terminal("T1301", "POST", f"/enforcements/{identity}/{path}", {"key": body["key"]} | words)
        assert (answer.status_code, answer.json()["code"]) == (409, "command_key_used")
    opening = field.opening()
    await field.terminal("T1302", "POST", "/enforcements", opening)
    answer = await field.terminal("T1302", "POST", "/enforcements", opening | {"place": "别处"})
    assert (answer.status_code, answer.json()["code"]) == (409, "command_key_used")


async def test_an_id_is_for_one(field: Field) -> None:
    own = field.whole.new_id()
    assert (await field.terminal("T1301", "POST", "/enforcements", field.opening(id=own))).status_code == 201
    for number, department in (("T1302", "13"), ("T1401", "14")):
        answer = await field.terminal(number, "POST", "/enforcements", field.opening(department, id=own))
        assert (answer.status_code, answer.json()["code"]) == (409, "enforcement_id_taken")


async def test_neither_the_future_nor_the_far_past(field: Field) -> None:
    answer = await field.terminal("T1301", "POST", "/enforcements", field.opening(utc_us=field.now + 60 * SECOND))
    assert (answer.status_code, answer.json()["code"]) == (400, "moment_ahead")
    opening = field.opening(utc_us=field.now - 80 * HOUR, department=HOME, terminals=["T1301"])
    answer = await field.desk("POST", "/enforcements", opening)
    assert (answer.status_code, answer.json()["code"]) == (400, "moment_wrong")
    identity = await field.opened()
    for utc_us, code in ((field.now + 60 * SECOND, "moment_ahead"), (field.now - HOUR, "moment_wrong")):
        answer = await field.send("T1301", identity, "begin", check=WELL, utc_us=utc_us)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert (await field.send("T1301", identity, "begin", check=WELL, utc_us=field.now + SECOND)).status_code == 200


async def test_a_flood_of_commands_must_wait(field: Field) -> None:
    identity = await field.under_way()
    field.room.service.rate.limit = 3
    answer = await field.send("T1301", identity, "marks", text="x")
    for _ in range(3):
        answer = await field.send("T1301", identity, "marks", text="x")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_commands")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_department_does_not_open_without_end(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(field.room.service, "limits", replace(field.room.service.limits, waiting=1))
    first = await field.opened()
    answer = await field.terminal("T1302", "POST", "/enforcements", field.opening())
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_waiting")
    assert (await field.send("T1301", first, "cancel", reason="选错了事项")).status_code == 200
    await field.opened("T1302")
    await field.opened("T1401")


async def test_a_number_is_no_text_and_a_misspelt_member_is_told(field: Field) -> None:
    identity = await field.under_way()
    for words in ({"text": 1}, {"text": "x", "importnat": True}, {"text": "x\x00"}, {"text": ""}, {}):
        assert (await field.send("T1301", identity, "marks", **words)).status_code == 422
