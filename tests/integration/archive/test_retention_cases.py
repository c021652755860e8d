"""A hold over a case: what was destroyed is left out, and what comes into the case later is held with the rest."""

import pytest

from dispatch_server.archive.model import State
from dispatch_server.archive.retention.model import HoldsChanged
from dispatch_server.archive.retention.policy import CaseLife
from dispatch_server.archive.retention.refusals import AlreadyPurged
from dispatch_server.kit.scope import COUNTY
from tests.integration.archive.retention_rig import AUDIT, SECURITY, SYSTEM, RetentionRig

CASE = "case-0001"


async def purged(retention: RetentionRig) -> str:
    one = await retention.recording()
    await retention.approved()
    await retention.days(8)
    assert await retention.state_of(one) is State.PURGED
    return one


async def later(retention: RetentionRig) -> None:
    """The next compare."""
    retention.world.pass_s(retention.room.upkeep.cadence.cases_s + 1)
    await retention.room.upkeep.round()


async def test_one_that_was_destroyed_does_not_keep_the_others_from_being_held(retention: RetentionRig) -> None:
    gone, there = await purged(retention), await retention.recording()
    hold, left_out = await retention.room.holds.place_over_case(CASE, [gone, there], "诉讼", SECURITY)
    assert (hold.recordings, left_out, hold.case_id) == (1, (gone,), CASE)
    assert await retention.state_of(there) is State.HELD and await retention.state_of(gone) is State.PURGED
    (act,) = retention.rig.ledger.of("hold.place")
    assert (act.detail["recordings"], act.detail["purged"], act.detail["case"]) == (1, 1, CASE)
    with pytest.raises(AlreadyPurged):
        await retention.room.holds.place_over_case(CASE, [gone], "诉讼", SECURITY)
    retention.links.of_case[CASE] = [gone, there]
    await later(retention)
    assert (await retention.room.holds.get(hold.id, COUNTY)).recordings == 1


async def test_what_comes_into_the_case_later_is_held_and_off_every_list(retention: RetentionRig) -> None:
    first, second = await retention.recording(), await retention.recording("13/01")
    hold, _ = await retention.room.holds.place_over_case(CASE, [first], "诉讼", SECURITY)
    list_id = await retention.approved()  # the second stands on it
    retention.links.of_case[CASE] = [first, second, "not-saved-yet"]
    await later(retention)
    assert await retention.state_of(second) is State.HELD
    assert await retention.room.holds.store.recordings_of(hold.id, COUNTY) == [first, second]
    assert [one.state for one in await retention.room.destructions.store.items(list_id, None, "", 9)] == ["taken off"]
    (act,) = retention.rig.ledger.of("hold.extend")
    assert (act.department, act.detail["recordings"], act.detail["case"]) == ("13/01", 1, CASE)
    assert [one.recording_ids for one in retention.rig.of(HoldsChanged)] == [(first,), (second,)]
    await later(retention)
    assert len(retention.rig.ledger.of("hold.extend")) == 1


async def test_a_hold_that_was_released_is_not_extended(retention: RetentionRig) -> None:
    first, second = await retention.recording(), await retention.recording()
    hold, _ = await retention.room.holds.place_over_case(CASE, [first], "诉讼", SECURITY)
    await retention.room.holds.ask_release(hold.id, SYSTEM, "了结")
    standing = await retention.room.holds.get(hold.id, COUNTY)
    await retention.room.holds.release(hold.id, AUDIT)
    assert await retention.room.holds.extend(standing, [first, second]) == 0
    retention.links.of_case[CASE] = [first, second]
    await later(retention)
    assert await retention.state_of(second) is State.SEALED


@pytest.mark.parametrize("is_over_the_case", [True, False])
async def test_what_nobody_entered_yet_is_not_destroyed_either(retention: RetentionRig, is_over_the_case: bool) -> None:
    """The case's own time is over; its hold is not, and the compare has not come yet."""
    old, other = await retention.recording(), await retention.recording(days=1)
    retention.links.cases[old] = [CaseLife(CASE, retention.world.utc - 1, False)]
    await retention.approved()
    retention.room.upkeep.cadence = type(retention.room.upkeep.cadence)(cases_s=1e12)
    holds = retention.room.holds
    if is_over_the_case:
        await holds.place_over_case(CASE, [other], "诉讼", SECURITY)
    else:
        await holds.place([other], "诉讼", SECURITY)
    await retention.days(8)
    assert await retention.state_of(old) is (State.SEALED if is_over_the_case else State.PURGED)
