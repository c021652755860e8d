"""One recording for one stream: across losses, a refusing disk, a silent publisher, and a restart."""

from pathlib import Path

from dispatch_server.archive.folders import find_recordings
from dispatch_server.archive.limits import ArchiveLimits
from dispatch_server.archive.model import (
    FragmentKept,
    RecordingBegun,
    RecordingClosed,
    State,
    Trouble,
    TroubleChanged,
)
from dispatch_server.archive.reading import reindex
from dispatch_server.archive.space import Level, Room
from dispatch_server.archive.store import Query
from dispatch_server.media.abilities import Layer
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import verdicts
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig

GAP_US = 300_000_000


def told(rig: Rig) -> list[tuple[Trouble, bool]]:
    return [(event.trouble, event.begins) for event in rig.of(TroubleChanged)]


async def test_a_stream_is_recorded_from_start_to_end(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        recording_id = await rig.start()
        assert rig.room.archive.is_recording("stream-1")
        rig.hub.give("stream-1", frames(4))
        await rig.written(3)
        await rig.end()
        assert not rig.room.archive.is_recording("stream-1") and rig.hub.sinks["stream-1"] == []
        stored = await rig.room.catalog.store.find(recording_id)
        assert stored is not None
        assert (stored.state, stored.fragments, stored.kept_us) == (State.CLOSED, 4, 4_000_000)
        assert (stored.card.source, stored.card.department) == (SOURCE, DEPARTMENT)
        (segment,) = await rig.room.catalog.store.segments_of(recording_id)
        assert (segment.fragments, segment.duration_us, len(segment.parts)) == (4, 4_000_000, 1)
        assert len(rig.of(FragmentKept)) == 4
        assert len(rig.of(RecordingBegun)) == len(rig.of(RecordingClosed)) == 1
        assert rig.reports == []


async def test_a_loss_is_one_declared_gap_in_the_same_recording(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        recording_id = await rig.start()
        rig.hub.give("stream-1", frames(4))
        rig.room.stream_lost("stream-1", START_US + 34_000_000)
        rig.room.stream_resumed("stream-1", SOURCE, DEPARTMENT, START_US + GAP_US)
        rig.hub.give("stream-1", frames(4, start_us=START_US + GAP_US, ticks=(5, 6)))
        await rig.written(7)
        await rig.end()
        stored = await rig.room.catalog.store.find(recording_id)
        assert stored is not None and (stored.fragments, stored.gaps, stored.kept_us) == (8, 1, 8_000_000)
        (folder,) = find_recordings(rig.roots[0])
        gaps = [gap for verdict in verdicts(folder) for gap in verdict.gaps()]
        (gap,) = gaps
        assert (gap.from_utc_us, gap.to_utc_us) == (START_US + 4_000_000, START_US + GAP_US)
        assert gap.reason == "publisher lost"


async def test_each_layer_that_is_asked_for_is_a_recording(tmp_path: Path) -> None:
    async with Rig(tmp_path, layers=(Layer.MAIN, Layer.SUB)) as rig:
        await rig.start()
        small = frames(4, sound=False, layer=Layer.SUB, size=(160, 90))
        rig.hub.give("stream-1", sorted([*frames(4), *small], key=lambda frame: frame.utc_us))
        await rig.written(6)
        await rig.end()
        found = await rig.room.catalog.store.search(Query(10))
        assert {(one.card.layer, one.fragments, one.kept_us) for one in found} == {
            ("main", 4, 4_000_000), ("sub", 4, 4_000_000),
        }  # fmt: skip
        assert rig.hub.sinks["stream-1"] == []


async def test_a_layer_that_never_comes_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Rig(tmp_path, layers=(Layer.MAIN, Layer.SUB)) as rig:
        await rig.start()
        rig.hub.give("stream-1", frames(8))
        await rig.written(7)
        await rig.end()
        assert len(list(find_recordings(rig.roots[0]))) == 1


async def test_the_small_picture_goes_on_where_the_large_one_stops(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        recording_id = await rig.start()
        small = frames(8, sound=False, layer=Layer.SUB, size=(160, 90))
        rig.hub.give("stream-1", sorted([*frames(4), *small], key=lambda frame: frame.utc_us))
        await rig.end()
        segments = await rig.room.catalog.store.segments_of(recording_id)
        assert [segment.layer for segment in segments] == ["main", "sub"]


async def test_a_full_disk_refuses_new_recordings_and_lets_them_begin_later(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        room = Room(100 << 30, 1 << 30)
        rig.room.archive.space._measure = lambda _: room
        await rig.room.upkeep.check_space()
        rig.room.stream_started("stream-1", SOURCE, DEPARTMENT, START_US)
        assert "stream-1" not in rig.room.archive.of_stream
        assert told(rig) == [(Trouble.DISK_FILLING, True), (Trouble.DISK_FULL, True)]
        rig.world.pass_s(20)
        rig.room.archive.reconcile()
        assert told(rig)[2:] == [(Trouble.NOT_RECORDED, True)]
        room = Room(100 << 30, 50 << 30)
        await rig.room.upkeep.check_space()
        rig.room.archive.reconcile()
        rig.hub.give("stream-1", frames(2))
        await rig.written(1)
        assert told(rig)[3:] == [
            (Trouble.DISK_FILLING, False), (Trouble.DISK_FULL, False), (Trouble.NOT_RECORDED, False),
        ]  # fmt: skip


async def test_open_recordings_leave_the_database_its_reserve(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        await rig.start()
        rig.hub.give("stream-1", frames(2))
        await rig.written(1)
        rig.room.archive.space.levels = [Level.STOP]
        rig.hub.give("stream-1", frames(4, start_us=START_US + 2_000_000, ticks=(1_180_000, 7_096_000)))
        await rig.end()
        assert (Trouble.WRITING_STOPPED, True) in told(rig)


async def test_a_live_stream_of_which_nothing_comes_raises_an_alarm_once(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        await rig.start()
        for _ in range(4):
            rig.world.pass_s(5)
            rig.room.archive.reconcile()
        rig.world.pass_s(5)
        rig.room.archive.reconcile()
        assert told(rig) == [(Trouble.NOT_RECORDED, True)]
        assert not rig.room.archive.is_recording("stream-1")
        rig.hub.give("stream-1", frames(2))
        await rig.written(1)
        assert told(rig) == [(Trouble.NOT_RECORDED, True), (Trouble.NOT_RECORDED, False)]


async def test_the_clock_ends_a_fragment_when_nothing_comes(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        await rig.start()
        rig.hub.give("stream-1", frames(1)[:20])
        for _ in range(8):
            await rig.room.upkeep.round()
            rig.world.pass_s(0.25)
        await rig.written(1)


async def test_recordings_have_a_bound(tmp_path: Path) -> None:
    async with Rig(tmp_path, ArchiveLimits(recordings=2)) as rig:
        for number in range(4):
            rig.room.stream_started(f"stream-{number}", SOURCE, DEPARTMENT, START_US)
        assert len(rig.room.archive.of_stream) == 2
        assert rig.room.archive.counters.recordings_refused == 2


async def test_a_restart_closes_what_was_open_and_records_anew(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    async with rig:
        first = await rig.start()
        rig.hub.give("stream-1", frames(4))
        await rig.written(3)
        await rig.room.upkeep.save()
        # As after kill -9: nothing is ended in order.
        rig.room.archive.of_stream.clear()
        rig.room.archive.by_id.clear()
    again = Rig(tmp_path)
    async with again:
        again.world.pass_s(60)
        await again.room.upkeep.recover()
        stored = await again.room.catalog.store.find(first)
        assert stored is not None
        assert (stored.state, stored.reason, stored.fragments) == (State.CLOSED, "server stopped", 3)
        again.room.stream_resumed("stream-1", SOURCE, DEPARTMENT, again.world.utc_us())
        assert again.room.archive.of_stream["stream-1"].id != first
        assert again.reports == []


async def test_rows_can_be_made_again_from_the_folders(tmp_path: Path) -> None:
    async with Rig(tmp_path, roots=2) as rig:
        recording_id = await rig.start()
        rig.hub.give("stream-1", frames(6))
        await rig.end()
        store = rig.room.catalog.store
        stored, segments = await store.find(recording_id), await store.segments_of(recording_id)
        ((found, of_it),) = reindex(rig.roots)
        assert (found, of_it) == (stored, segments)


async def test_rows_wait_for_a_database_that_is_away(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        recording_id = await rig.start()
        rig.hub.give("stream-1", frames(4))
        await rig.written(3)
        engine, rig.room.catalog.store._database._engine = rig.room.catalog.store._database._engine, None
        rig.world.pass_s(10)
        await rig.room.upkeep.round()
        assert [where for where, _ in rig.reports] == ["saving recordings"]
        rig.hub.give("stream-1", frames(4, start_us=START_US + 4_000_000, ticks=(1_360_000, 7_192_000)))
        await rig.written(7)
        rig.room.catalog.store._database._engine = engine
        await rig.end()
        stored = await rig.room.catalog.store.find(recording_id)
        assert stored is not None and stored.fragments == 8
