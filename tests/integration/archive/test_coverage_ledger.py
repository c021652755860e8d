"""Coverage over real recordings: cuts made good, reasons kept, and nothing lost when the server is killed."""

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch_server.archive.coverage import coverage
from dispatch_server.archive.coverage.model import ANY, Coverage, CoverageChanged, Kind
from dispatch_server.archive.model import RecordingClosed
from dispatch_server.kit.scope import COUNTY, Scope
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.enforcements import Enforcement, Pause
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig
from tests.integration.archive.uploaded import upload_master

S = 1_000_000
ID = "enforcement-1"


async def cut_recording(rig: Rig, before_s: int, cut_s: int, after_s: int) -> str:
    """A stream whose publisher was away for so long."""
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(before_s, start_us=rig.world.utc))
    rig.world.pass_s(before_s)
    rig.room.stream_lost("stream-1", rig.world.utc)
    rig.world.pass_s(cut_s)
    rig.room.stream_resumed("stream-1", SOURCE, DEPARTMENT, rig.world.utc)
    rig.hub.give("stream-1", frames(after_s, start_us=rig.world.utc, ticks=((before_s + cut_s) * 90_000, 48_000)))
    rig.world.pass_s(after_s)
    await rig.end()
    return recording_id


def under_way(rig: Rig, length_s: int) -> Enforcement:
    return rig.enforcements.add(
        Enforcement(begun_utc_us=rig.world.utc, finished_utc_us=rig.world.utc + length_s * S, state="finished")
    )


async def computed(rig: Rig) -> Coverage:
    """After a turn of the service, of all terminals."""
    await rig.coverage.service.turn()
    return next(one for one in await rig.coverage.service.coverage_of(ID) if one.source == ANY)


@pytest.mark.parametrize("cut_s", [1, 5, 29, 31, 60, 300])
async def test_a_cut_is_missing_until_the_master_comes(rig: Rig, cut_s: int) -> None:
    """Reliability N3, over real files."""
    under_way(rig, 8 + cut_s)
    recording_id = await cut_recording(rig, 4, cut_s, 4)
    alone = await computed(rig)
    missing = [run for run in alone.runs if run.kind is Kind.MISSING]
    assert [run.reason for run in missing] == ["publisher lost"] and not alone.is_complete
    assert abs(alone.missing_us - cut_s * S) <= 200_000
    assert [one.per_mille for one in rig.of(CoverageChanged)] == [alone.per_mille]
    lacking = await rig.coverage.service.lacking(SOURCE, START_US, START_US + (8 + cut_s) * S)
    assert sum(one.to_utc_us - one.from_utc_us for one in lacking) == alone.missing_us
    # It may be long: of the middle the master has one piece, and that is what is still missing then.
    await upload_master(rig, min(cut_s, 20) + 2, START_US + 3 * S)
    both = await computed(rig)
    assert both.is_complete == (cut_s <= 20) and both.missing_us < alone.missing_us
    linked = await rig.coverage.service.recordings_of(ID, COUNTY)
    assert {(one.recording_id, one.origin) for one in linked} == {
        (recording_id, "server"),
        ("master-0001", "terminal"),
    }
    assert await rig.coverage.service.enforcements_of("master-0001") == [ID]
    if cut_s <= 20:
        assert (both.per_mille, [run.kind for run in both.runs]) == (1000, ["live", "backfilled", "live"])


async def test_the_test_sees_a_wrong_union(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protection off: what the master has is left out of the union, and it is no longer complete."""
    under_way(rig, 13)
    await cut_recording(rig, 4, 5, 4)
    await upload_master(rig, 7, START_US + 3 * S)
    right = coverage.union
    monkeypatch.setattr(coverage, "union", lambda spans, join_us=0: right(list(spans), join_us)[:1])
    assert not (await computed(rig)).is_complete


async def test_a_stated_pause_is_a_reason_and_other_reasons_stay(rig: Rig) -> None:
    one = under_way(rig, 30)
    one.pauses.append(Pause(START_US + 10 * S, START_US + 20 * S, "当事人要求暂停"))
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    rig.world.pass_s(30)
    await rig.end(reason="battery empty")
    found = await computed(rig)
    assert [(run.kind, run.reason, run.stated) for run in found.runs] == [
        (Kind.LIVE, "", False),
        (Kind.MISSING, "battery empty", False),
        (Kind.MISSING, "当事人要求暂停", True),
        (Kind.MISSING, "battery empty", False),
    ]
    assert found.stated_us == 10 * S
    closed = rig.of(RecordingClosed)[0]
    assert closed.recording_id == recording_id


async def test_what_is_under_way_is_computed_again_and_only_changed_indexes_are_read(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
    await rig.start()
    for number in range(3):
        rig.hub.give("stream-1", frames(4, start_us=rig.world.utc, ticks=(1 + number * 360_000, 1 + number * 192_000)))
        rig.world.pass_s(30)
        await rig.written(3)
        found = await computed(rig)
        assert found.to_utc_us == rig.world.utc, "at least every 30 seconds"
    await rig.end()
    rig.enforcements.of[ID].finished_utc_us = rig.world.utc
    rig.coverage.service.enforcement_changed(ID)
    before = await computed(rig)
    read: list[str] = []
    shelf = type(rig.coverage.shelf)
    monkeypatch.setattr(shelf, "_read", lambda self, recording, segment: read.append(recording.card.id))
    rig.coverage.service.enforcement_changed(ID)
    assert await computed(rig) == before and read == []


async def test_a_kill_in_between_loses_nothing(tmp_path: Path) -> None:
    """As after kill -9: the rows of the last seconds and every event are lost; the folders are not."""
    rig = Rig(tmp_path)
    async with rig:
        rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
        await rig.start()
        rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
        await rig.written(3)
        rig.world.pass_s(4)
        await rig.coverage.service.turn()
        rig.room.archive.of_stream.clear()
        rig.room.archive.by_id.clear()
    again = Rig(tmp_path)
    async with again:
        again.world.pass_s(20)
        again.enforcements.add(Enforcement(begun_utc_us=START_US, finished_utc_us=START_US + 20 * S))
        await again.room.upkeep.recover()
        await upload_master(again, 18, START_US + 2 * S)
        found = await computed(again)
        assert found.is_complete, found
        assert again.reports == []


async def test_other_departments_and_other_terminals_are_not_of_it(rig: Rig) -> None:
    under_way(rig, 4)
    await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    rig.world.pass_s(4)
    await rig.end()
    await upload_master(rig, 4, START_US, enforcement="enforcement-2", identity="master-of-another")
    await computed(rig)
    assert {one.origin for one in await rig.coverage.service.recordings_of(ID, COUNTY)} == {"server"}
    with pytest.raises(Exception, match="no such enforcement"):
        await rig.coverage.service.recordings_of(ID, Scope.of("county/mark"))


async def test_one_terminal_makes_up_for_another_only_in_the_whole(rig: Rig) -> None:
    rig.enforcements.add(
        Enforcement(terminals=(SOURCE, "T0102"), begun_utc_us=rig.world.utc, finished_utc_us=rig.world.utc + 4 * S)
    )
    await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    rig.world.pass_s(4)
    await rig.end()
    await rig.coverage.service.turn()
    found = {one.source: one.per_mille for one in await rig.coverage.service.coverage_of(ID)}
    assert found == {SOURCE: 1000, "T0102": 0, ANY: 1000}


@pytest.mark.parametrize("was_down", [False, True])
async def test_what_a_card_brings_days_later_is_found_in_the_receipts(rig: Rig, was_down: bool) -> None:
    """Its import is another program: nobody here is told, and this one may have been down for long."""
    under_way(rig, 9)
    assert (await computed(rig)).per_mille == 0
    rig.world.pass_s(10 * 86_400)
    if was_down:
        await upload_master(rig, 9, START_US, by_card=True)
        rig.world.pass_s(5 * 86_400)
        rig.coverage.service._backfilled = None
    else:
        await computed(rig)
        rig.world.pass_s(25)
        await upload_master(rig, 9, START_US, by_card=True)
        rig.world.pass_s(25)
    assert (await computed(rig)).per_mille == 1000


async def test_more_receipts_than_a_look_takes_are_all_found(rig: Rig) -> None:
    under_way(rig, 9)
    await computed(rig)
    service = rig.coverage.service
    service.limits = replace(service.limits, waiting=4)
    for number in range(5):
        await upload_master(rig, 1, START_US + number * 2 * S, identity=f"master-000{number}", by_card=True)
        rig.world.pass_s(40)
    found = set()
    for _ in range(4):
        for recording_id, _ in await service.store.backfilled_since((service._backfilled or 0) - 30 * S, 2):
            found.add(recording_id)
        await service._look_for_backfill()
    assert len(found) == 5
