"""How full is too full, and that levels do not flap."""

from pathlib import Path

from dispatch_server.archive.limits import SpaceLimits
from dispatch_server.archive.space import Ballast, Level, Room, SpaceWatch, level_of

LIMITS = SpaceLimits(alarm_percent=85, refuse_percent=95, refuse_bytes=200, stop_bytes=50)


def level(free: int, before: Level = Level.FINE, total: int = 10_000) -> Level:
    return level_of(Room(total, free), LIMITS, before)


def test_levels_by_share_and_by_bytes() -> None:
    assert level(5_000) is Level.FINE
    assert level(1_500) is Level.ALARM
    assert level(500) is Level.REFUSE
    assert level(49) is Level.STOP
    assert level(150, total=300) is Level.REFUSE  # half empty, but too little
    assert level(0, total=0) is Level.STOP


def test_the_way_back_wants_more() -> None:
    assert level(1_600) is Level.FINE and level(1_600, Level.ALARM) is Level.ALARM
    assert level(600, Level.REFUSE) is Level.REFUSE and level(800, Level.REFUSE) is Level.ALARM
    assert level(54, Level.STOP) is Level.STOP and level(56, Level.STOP) is Level.REFUSE


def test_the_watch_tells_changes_once() -> None:
    rooms = {Path("a"): Room(10_000, 9_000), Path("b"): Room(10_000, 400)}
    watch = SpaceWatch([Path("a"), Path("b")], LIMITS, rooms.__getitem__)
    assert watch.check() == [(1, Level.FINE, Level.REFUSE)]
    assert watch.check() == []
    assert watch.may_begin() and watch.has_room(1)
    rooms[Path("a")] = Room(10_000, 10)
    assert watch.check() == [(0, Level.FINE, Level.STOP)]
    assert not watch.may_begin() and not watch.has_room(0)


def test_what_is_needed_begins_until_nothing_is_written_any_more() -> None:
    rooms = {Path("a"): Room(10_000, 400)}
    watch = SpaceWatch([Path("a")], LIMITS, rooms.__getitem__)
    watch.check()
    assert watch.may_begin(important=True) and not watch.may_begin()
    rooms[Path("a")] = Room(10_000, 10)
    watch.check()
    assert not watch.may_begin(important=True)


def test_a_disk_that_cannot_be_asked_is_no_room() -> None:
    def measure(_: Path) -> Room:
        raise OSError

    watch = SpaceWatch([Path("a")], LIMITS, measure)
    assert watch.check() == [(0, Level.FINE, Level.STOP)]


def test_the_ballast_is_made_of_real_blocks_and_given_up_once(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path, 1 << 20)
    ballast.keep(free=1 << 20, spare=1)
    assert list(tmp_path.iterdir()) == []  # no room for it
    ballast.keep(free=10 << 20, spare=1)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_blocks * 512 >= 1 << 20
    assert ballast.give_up() and list(tmp_path.iterdir()) == []
    assert not ballast.give_up()
