"""A wall clock that jumps (reliability T2): nothing is destroyed, no hold ends, and it is told within seconds."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.archive.model import State, Trouble, TroubleChanged
from dispatch_server.archive.retention.clocks import DAY_US, Tolerance
from dispatch_server.archive.retention.model import HoldState
from dispatch_server.archive.retention.refusals import ClockDoubted
from dispatch_server.kit.scope import COUNTY
from tests.integration.archive.retention_rig import AUDIT, SECURITY, RetentionRig, retention_rig

HOUR_US = 3_600_000_000
JUMPS = (400 * DAY_US, -HOUR_US)
TRUSTING = Tolerance(1 << 80, 1 << 80, 1 << 80)  # protection off


@pytest.fixture
async def waiting(tmp_path: Path) -> AsyncIterator[RetentionRig]:
    """A list that waits, and one recording that is held for ten days more."""
    async with retention_rig(tmp_path) as rig:
        await rig.recording()
        await rig.approved()
        held = await rig.recording()
        await rig.room.holds.place([held], "复议", SECURITY, rig.world.utc + 10 * DAY_US)
        yield rig


def alarms(rig: RetentionRig) -> list[tuple[bool, str]]:
    of_clock = [one for one in rig.rig.of(TroubleChanged) if one.trouble is Trouble.CLOCK_DOUBTED]
    assert {one.subject for one in of_clock} <= {"clock"}, "what ends is what began"
    return [(one.begins, one.detail.partition(":")[0] or one.subject) for one in of_clock]


async def jumped(rig: RetentionRig, by_us: int) -> int:
    """How many files are gone a minute after the jump; the list's days of waiting are over by then, or seem to be."""
    before = rig.media_files()
    if by_us < 0:
        rig.world.pass_s(7.2 * 86_400)
    rig.world.utc += by_us
    for _ in range(12):
        await rig.room.upkeep.round()
        rig.world.pass_s(5)
    return before - rig.media_files()


@pytest.mark.parametrize("by_us", JUMPS)
async def test_a_jump_destroys_nothing(waiting: RetentionRig, by_us: int) -> None:
    assert await jumped(waiting, by_us) == 0
    assert alarms(waiting) == [(True, "jumped")]
    with pytest.raises(ClockDoubted):
        await waiting.room.destructions.propose()
    (hold,) = await waiting.room.holds.store.page(COUNTY, True, "", 10)
    assert hold.state is HoldState.STANDING
    waiting.world.utc -= by_us
    await waiting.room.upkeep.round()
    assert alarms(waiting) == [(True, "jumped"), (False, "clock")]


@pytest.mark.parametrize("by_us", JUMPS)
async def test_the_harness_sees_what_a_trusting_server_destroys(waiting: RetentionRig, by_us: int) -> None:
    """Protection off."""
    waiting.room.clock.tolerance = TRUSTING
    assert await jumped(waiting, by_us) >= 1
    assert alarms(waiting) == []
    if by_us > 0:
        assert await waiting.room.holds.store.page(COUNTY, True, "", 10) == []


async def test_a_hold_ends_by_itself_when_its_time_has_come(waiting: RetentionRig) -> None:
    held = await waiting.recording()
    hold = await waiting.room.holds.place([held], "两天", SECURITY, waiting.world.utc + 2 * DAY_US)
    await waiting.days(1)
    assert await waiting.state_of(held) is State.HELD
    await waiting.days(1.5)
    assert await waiting.state_of(held) is State.SEALED
    assert (await waiting.room.holds.get(hold.id, COUNTY)).state is HoldState.OVER
    assert len(waiting.rig.ledger.of("hold.end")) == 1


async def test_a_jump_while_the_server_is_down_is_seen_at_the_start(waiting: RetentionRig) -> None:
    waiting.world.utc += 400 * DAY_US
    await waiting.reopened()
    await waiting.room.upkeep.round()
    assert waiting.room.clock.newest.why_not == "jumped" and waiting.media_files() == 2


async def test_after_a_boot_it_waits_for_a_time_server_or_a_person(waiting: RetentionRig) -> None:
    waiting.world.pass_s(2 * 86_400)
    waiting.world.now, waiting.clocks.boot, waiting.clocks.synchronised = 3.0, "boot-2", None
    await waiting.reopened()
    await waiting.room.upkeep.round()
    assert waiting.room.clock.newest.why_not == "not_synchronised"
    assert (await waiting.room.clock.confirm(AUDIT)).believed
    (act,) = waiting.rig.ledger.of("clock.confirm")
    assert (act.actor, act.detail["why_not"]) == ("person:audit-admin", "not_synchronised")
    await waiting.days(6)
    assert waiting.media_files() == 1  # the held one
    waiting.clocks.boot, waiting.clocks.synchronised, waiting.world.now = "boot-3", True, 1.0
    await waiting.reopened()
    assert waiting.room.clock.believed()


async def test_a_head_that_is_later_or_old_is_enough_to_doubt(waiting: RetentionRig) -> None:
    waiting.heads.utc_us = waiting.world.utc + HOUR_US
    assert not waiting.room.clock.believed() and waiting.room.clock.newest.why_not == "before_head"
    waiting.heads.utc_us = waiting.world.utc - HOUR_US
    assert not waiting.room.clock.believed() and waiting.room.clock.newest.why_not == "head_old"
