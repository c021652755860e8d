"""What happened in the field and is told late is recorded with its faults; what is asked now is refused for them."""

from typing import Any

import pytest

from dispatch_server.enforcement import course as courses
from dispatch_server.enforcement.service import EnforcementService
from tests.integration.enforcement.field import OFFICERS, WELL, Field
from tests.integration.enforcement.test_law import end_certificate
from tests.integration.matrix.server import HOME

pytestmark = pytest.mark.timeout(120)
SECOND = 1_000_000
HOUR = 3600 * SECOND


async def told_late(field: Field, ago_us: int = HOUR, **changes: Any) -> tuple[str, list[str]]:
    own = field.whole.new_id()
    opening = field.opening(id=own, utc_us=field.now - ago_us, **changes)
    answer = await field.terminal("T1301", "POST", "/enforcements", opening)
    assert answer.status_code == 201, answer.text
    return own, [fault["code"] for fault in (await field.detail(own))["faults"]]


async def test_a_late_opening_is_recorded_with_its_faults(stored: Field) -> None:
    field = stored
    assert (await told_late(field))[1] == []
    assert (await told_late(field, 80 * HOUR))[1] == ["opened_late"]
    assert (await told_late(field, item="CF-NONE"))[1] == ["item_not_in_power"]
    assert (await told_late(field, terminals=["T1401", "T1302"]))[1] == ["terminal_cannot_take_part"]
    own, codes = await told_late(field, officers=[OFFICERS["13"][0], "样例-14-001"])
    assert codes == ["officer_may_not_act", "officers_too_few"]
    detail = await field.detail(own)
    assert [one["name"] for one in detail["officers"]][1] == "", "another township's officer is not looked up"
    act = next(act for act in field.ledger.acts if act.subject == f"enforcement:{own}")
    assert act.detail["faults"] == "officer_may_not_act officers_too_few"


async def test_another_townships_terminal_is_never_bound_by_a_late_word(field: Field) -> None:
    own, _ = await told_late(field, terminals=["T1401", "T1302"])
    assert (await field.detail(own))["terminals"] == ["T1301", "T1302"]


async def test_a_late_day_with_an_ended_certificate_is_replayed_whole(field: Field) -> None:
    await end_certificate(field, OFFICERS["13"][1])
    own, codes = await told_late(field)
    assert codes == ["officer_may_not_act", "officers_too_few"]
    begun = await field.send("T1301", own, "begin", check=WELL, utc_us=field.now - HOUR + SECOND)
    assert begun.status_code == 200, begun.text
    marked = await field.send("T1301", own, "marks", text="封条", utc_us=field.now - HOUR + 2 * SECOND)
    assert marked.status_code == 200
    assert [fault["code"] for fault in (await field.detail(own))["faults"]] == codes, "once each"
    told = (await field.terminal("T1301", "GET", "/enforcement")).json()["enforcement"]
    assert told["faults"][0]["detail"] == f"{OFFICERS['13'][1]}: certificate_expired"


async def test_a_late_begin_is_recorded_with_its_fault(field: Field) -> None:
    own, _ = await told_late(field)
    await end_certificate(field, OFFICERS["13"][0])
    now = await field.send("T1301", own, "begin", check=WELL)
    assert (now.status_code, now.json()["code"]) == (400, "officer_may_not_act"), "it can still be set right"
    late = await field.send("T1301", own, "begin", check=WELL, utc_us=field.now - HOUR // 2)
    assert late.status_code == 200
    assert [fault["code"] for fault in (await field.detail(own))["faults"]] == ["officer_may_not_act"]


async def test_without_that_rule_the_day_would_be_lost(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    await end_certificate(field, OFFICERS["13"][1])
    monkeypatch.setattr(EnforcementService, "has_happened", lambda self, moment: False)
    answer = await field.terminal("T1301", "POST", "/enforcements", field.opening(utc_us=field.now - HOUR))
    assert (answer.status_code, answer.json()["code"]) == (400, "officer_may_not_act")


async def test_the_console_and_what_is_told_at_once_are_judged_as_ever(field: Field) -> None:
    wrong = field.opening(item="CF-NONE", utc_us=field.now - HOUR, department=HOME, terminals=["T1301"])
    answer = await field.desk("POST", "/enforcements", wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "item_not_in_power")
    prompt = field.opening(item="CF-NONE", utc_us=field.now - SECOND)
    answer = await field.terminal("T1301", "POST", "/enforcements", prompt)
    assert (answer.status_code, answer.json()["code"]) == (400, "item_not_in_power")


async def test_what_is_full_is_refused_for_good(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """As 429 it would be asked again for ever, and hold up all that follows."""
    identity = await field.under_way()
    monkeypatch.setitem(courses.MOST, "marks", 1)
    assert (await field.send("T1301", identity, "marks", text="一")).status_code == 200
    answer = await field.send("T1301", identity, "marks", text="二")
    assert (answer.status_code, answer.json()["code"]) == (409, "enforcement_full")


async def test_an_opening_without_a_place_lies_where_its_terminal_was(field: Field) -> None:
    beat = {"position": {"lat": 38.25, "lon": 114.75}}
    assert (await field.terminal("T1301", "POST", "/heartbeat", beat)).status_code == 200
    own = await field.opened(position=None)
    assert (await field.detail(own))["position"] == {"lat": 38.25, "lon": 114.75}
    said = await field.opened()
    assert (await field.detail(said))["position"] == {"lat": 38.0, "lon": 114.5}
    long_ago, _ = await told_late(field, position=None)
    assert (await field.detail(long_ago))["position"] is None, "an hour before it may have been anywhere"
