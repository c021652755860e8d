"""A terminal is told once to keep its stream, and once that this is over."""

from dispatch_server.archive.local_keeping import LocalKeeping, unimportant
from dispatch_server.archive.model import LocalKeepingChanged
from dispatch_server.kit.events import Event


class Bus:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def publish(self, event: Event) -> None:
        self.events.append(event)


def test_each_turn_is_told_once() -> None:
    bus, local = Bus(), LocalKeeping()
    for begins in (False, True, True, False, False):
        local.turn("T0101", begins, bus, "id", 5)
    assert [one.begins for one in bus.events if isinstance(one, LocalKeepingChanged)] == [True, False]
    assert local.sources == set() and not unimportant("T0101")
