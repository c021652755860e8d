"""The real clock and real chance."""

from dispatch_server.kit.ids import utc_ms_of
from dispatch_server.runtime.world import World


def test_clocks_go_on() -> None:
    world = World()
    assert world.monotonic() <= world.monotonic()
    assert world.utc_us() > 1_700_000_000_000_000


def test_chance_does_not_repeat() -> None:
    world = World()
    assert len({world.chance(16) for _ in range(100)}) == 100
    assert len(world.chance(5)) == 5


def test_an_id_is_of_now() -> None:
    world = World()
    assert abs(utc_ms_of(world.new_id()) - world.utc_us() // 1000) < 1000
