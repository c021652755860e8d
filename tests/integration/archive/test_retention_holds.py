"""Holds: many over one recording, released by two people, and stronger than whatever was decided."""

import pytest

from dispatch_server.archive.model import State
from dispatch_server.archive.retention.model import HoldsChanged, HoldState
from dispatch_server.archive.retention.refusals import (
    AlreadyPurged,
    HoldEndsTooSoon,
    HoldNotSo,
    HoldUnknown,
    PartOnly,
    SecondPerson,
)
from dispatch_server.kit.errors import Absent
from dispatch_server.kit.scope import COUNTY, Scope
from tests.integration.archive.retention_rig import AUDIT, SECURITY, SYSTEM, RetentionRig


async def released(retention: RetentionRig, hold_id: str) -> None:
    await retention.room.holds.ask_release(hold_id, SYSTEM, "了结")
    await retention.room.holds.release(hold_id, AUDIT)


async def test_held_until_the_last_is_gone(retention: RetentionRig) -> None:
    sealed, closed = await retention.recording(), await retention.recording(state=State.CLOSED)
    first = await retention.room.holds.place([sealed, closed], "复议", SECURITY)
    second = await retention.room.holds.place([sealed], "投诉", SYSTEM)
    assert {await retention.state_of(one) for one in (sealed, closed)} == {State.HELD}
    await released(retention, first.id)
    assert await retention.state_of(sealed) is State.HELD
    assert await retention.state_of(closed) is State.CLOSED  # its chain is still to be signed
    await released(retention, second.id)
    assert await retention.state_of(sealed) is State.SEALED
    assert [one.held for one in retention.rig.of(HoldsChanged)] == [True, True, False, False]


async def test_nobody_releases_alone(retention: RetentionRig) -> None:
    hold = await retention.room.holds.place([await retention.recording()], "复议", SECURITY)
    service = retention.room.holds
    with pytest.raises(HoldNotSo):
        await service.release(hold.id, AUDIT)  # nobody asked
    await service.ask_release(hold.id, SYSTEM, "了结")
    with pytest.raises(SecondPerson):
        await service.release(hold.id, SYSTEM)
    assert (await service.get(hold.id, COUNTY)).state is HoldState.RELEASE_ASKED
    await service.withdraw_release(hold.id, AUDIT)
    with pytest.raises(HoldNotSo):
        await service.release(hold.id, AUDIT)
    await released(retention, hold.id)
    with pytest.raises(HoldNotSo):
        await service.ask_release(hold.id, SYSTEM, "again")


async def test_what_is_outside_is_not_there(retention: RetentionRig) -> None:
    here, there = await retention.recording("13"), await retention.recording("14")
    service = retention.room.holds
    with pytest.raises(Absent):
        await service.place([here, there], "x", SECURITY, None, Scope.of("13"))
    hold = await service.place([here, there], "x", SECURITY)
    assert (await service.get(hold.id, Scope.of("13"))).recordings == 1
    with pytest.raises(PartOnly):
        await service.ask_release(hold.id, SYSTEM, "x", Scope.of("13"))
    with pytest.raises(HoldUnknown):
        await service.get(hold.id, Scope.of("15"))


async def test_what_cannot_be_held(retention: RetentionRig) -> None:
    old = await retention.recording()
    with pytest.raises(HoldEndsTooSoon):
        await retention.room.holds.place([old], "x", SECURITY, retention.world.utc)
    await retention.approved()
    await retention.days(8)
    with pytest.raises(AlreadyPurged):
        await retention.room.holds.place([old], "x", SECURITY)


async def test_what_was_open_when_it_was_held_is_marked_when_it_is_closed(retention: RetentionRig) -> None:
    recording_id = await retention.rig.start()
    await retention.room.holds.place([recording_id], "重大事件", SECURITY)
    await retention.rig.end()
    assert await retention.state_of(recording_id) is State.CLOSED  # the archive's own row came later
    await retention.room.upkeep.round()
    assert await retention.state_of(recording_id) is State.HELD


async def test_a_hold_at_the_last_moment_wins(retention: RetentionRig) -> None:
    """Between the last question and the decision."""
    old = await retention.recording()
    await retention.approved()
    purging, room = retention.room.purging, retention.room
    asked = room.destructions.why_not

    async def and_then_held(recording: object) -> str:
        why = await asked(recording)  # type: ignore[arg-type]
        await room.holds.place([old], "刚刚", SECURITY)
        return why

    object.__setattr__(purging, "destructions", _With(room.destructions, and_then_held))
    await retention.days(8)
    assert retention.media_files() == 1 and await retention.state_of(old) is State.HELD
    assert retention.rig.ledger.of("recording.purge") == []


class _With:
    """The service, but for one question."""

    def __init__(self, service: object, why_not: object) -> None:
        self._service, self.why_not = service, why_not

    def __getattr__(self, name: str) -> object:
        return getattr(self._service, name)
