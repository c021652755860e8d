"""A disk that is nearly full: what nobody needs does not begin and its terminal is told; what is needed begins."""

from dispatch_server.archive.model import LocalKeepingChanged
from dispatch_server.archive.space import Level
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig


def told(rig: Rig) -> list[tuple[str, bool]]:
    return [(one.source, one.begins) for one in rig.of(LocalKeepingChanged)]


def full(rig: Rig, level: Level) -> None:
    rig.room.archive.space.levels = [level]


async def test_a_refused_terminal_is_told_at_once_and_when_it_is_over(rig: Rig) -> None:
    full(rig, Level.REFUSE)
    rig.room.stream_started("stream-1", SOURCE, DEPARTMENT, rig.world.utc_us())
    assert told(rig) == [(SOURCE, True)] and rig.room.archive.of_stream == {}
    rig.room.archive.reconcile()
    assert told(rig) == [(SOURCE, True)]
    full(rig, Level.ALARM)
    rig.room.archive.reconcile()
    assert told(rig) == [(SOURCE, True), (SOURCE, False)] and "stream-1" in rig.room.archive.of_stream


async def test_a_refused_terminal_that_goes_is_not_remembered(rig: Rig) -> None:
    full(rig, Level.REFUSE)
    rig.room.stream_started("stream-1", SOURCE, DEPARTMENT, rig.world.utc_us())
    rig.room.stream_ended("stream-1", rig.world.utc_us(), "ended")
    assert told(rig)[-1] == (SOURCE, False) and rig.room.archive.local.sources == set()


async def test_an_enforcement_under_way_begins_until_nothing_is_written_any_more(rig: Rig) -> None:
    rig.room.archive.local.is_important = lambda source: source == SOURCE
    full(rig, Level.REFUSE)
    await rig.start()
    rig.room.stream_started("stream-2", "T0202", DEPARTMENT, rig.world.utc_us())
    assert set(rig.room.archive.of_stream) == {"stream-1"} and told(rig) == [("T0202", True)]
    full(rig, Level.STOP)
    rig.room.stream_started("stream-3", SOURCE, DEPARTMENT, rig.world.utc_us())
    assert "stream-3" not in rig.room.archive.of_stream and told(rig)[-1] == (SOURCE, True)
