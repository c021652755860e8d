"""One direction of a bad network, itself without I/O: loses, delays, reorders and duplicates by a seeded generator."""

from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class LossyLink(Generic[T]):
    """Everything sent arrives after `delay_s` and up to `jitter_s` more, unless it is lost or the link is cut."""

    loss: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    duplicate: float = 0.0
    late: float = 0.0  # share that comes 100 ms later than the rest, out of order
    seed: int = 1
    cut: bool = False
    sent: int = 0
    lost: int = 0
    _flying: list[tuple[float, int, T]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)

    def send(self, packet: T, now: float) -> None:
        self.sent += 1
        if self.cut or self._chance.random() < self.loss:
            self.lost += 1
            return
        copies = 2 if self._chance.random() < self.duplicate else 1
        for copy in range(copies):
            arrival = now + self.delay_s + self.jitter_s * self._chance.random()
            if self._chance.random() < self.late:
                arrival += 0.1
            heappush(self._flying, (arrival, 2 * self.sent + copy, packet))

    def deliver(self, packet: T, arrival: float) -> None:
        """Let somebody else's packet arrive at that time, whatever the link does to others."""
        self.sent += 1
        heappush(self._flying, (arrival, 2 * self.sent, packet))

    def due(self) -> float | None:
        """When the next packet arrives."""
        return self._flying[0][0] if self._flying else None

    def receive(self, now: float) -> list[T]:
        """What has arrived by now, in the order of arrival."""
        arrived = []
        while self._flying and self._flying[0][0] <= now:
            arrived.append(heappop(self._flying)[2])
        return arrived
