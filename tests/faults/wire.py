"""One direction of a bad link, without any I/O: frames go in with the time, and come out late, twice or never."""

import heapq
import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Badness:
    """How bad one direction is; all zero is a perfect wire."""

    loss: float = 0.0  # share of frames
    delay_ms: float = 0.0
    jitter_ms: float = 0.0  # two standard deviations around the delay; keeps the order
    rate_kbps: float = 0.0  # 0: as fast as the machine
    queue_ms: float = 400.0  # what may wait for the rate before frames are dropped
    reorder: float = 0.0  # share of frames that come `reorder_ms` late, overtaken by others
    reorder_ms: float = 30.0
    duplicate: float = 0.0
    corrupt: float = 0.0  # one bit of the payload
    to_bad: float = 0.0  # bursts (Gilbert-Elliott): chance that a frame ends the good state
    to_good: float = 0.0  # and that one ends the bad state
    loss_in_bad: float = 0.0
    cut: bool = False


@dataclass(slots=True)
class Counts:
    taken: int = 0
    passed: int = 0
    lost: int = 0
    overflowed: int = 0
    bytes_passed: int = 0


HEADERS = 42  # Ethernet, IPv4 and UDP: corruption spares them, so that it reaches the receiver
Held = tuple[float, int, bytes]


@dataclass(slots=True)
class Wire:
    """Takes frames with `put`, gives them back with `due`; chance comes from the seed."""

    chance: random.Random
    badness: Badness = field(default_factory=Badness)
    counts: Counts = field(default_factory=Counts)
    _held: list[Held] = field(default_factory=list)
    _number: int = 0
    _in_bad: bool = False
    _free_at: float = 0.0
    _last_at: float = 0.0

    def put(self, frame: bytes, now: float) -> None:
        self.counts.taken += 1
        bad = self.badness
        if bad.cut or self._is_lost():
            self.counts.lost += 1
            return
        leaves = self._after_the_queue(frame, now)
        if leaves is None:
            self.counts.overflowed += 1
            return
        arrives = leaves + self._delay_s()
        if bad.reorder and self.chance.random() < bad.reorder:
            arrives += bad.reorder_ms / 1000
        else:
            arrives = self._last_at = max(arrives, self._last_at)
        if bad.corrupt and self.chance.random() < bad.corrupt:
            frame = self._with_one_bit_wrong(frame)
        for _ in range(2 if bad.duplicate and self.chance.random() < bad.duplicate else 1):
            self._number += 1
            heapq.heappush(self._held, (arrives, self._number, frame))

    def due(self, now: float) -> list[bytes]:
        frames = []
        while self._held and self._held[0][0] <= now:
            frames.append(heapq.heappop(self._held)[2])
        self.counts.passed += len(frames)
        self.counts.bytes_passed += sum(map(len, frames))
        return frames

    def deadline(self) -> float | None:
        return self._held[0][0] if self._held else None

    def _is_lost(self) -> bool:
        bad = self.badness
        if bad.to_bad:
            turn = bad.to_good if self._in_bad else bad.to_bad
            self._in_bad ^= self.chance.random() < turn
            if self._in_bad and self.chance.random() < bad.loss_in_bad:
                return True
        return bool(bad.loss) and self.chance.random() < bad.loss

    def _after_the_queue(self, frame: bytes, now: float) -> float | None:
        """When the frame has left the slow part of the link; None when its queue is full."""
        bad = self.badness
        if not bad.rate_kbps:
            return now
        if self._free_at - now > bad.queue_ms / 1000:
            return None
        self._free_at = max(now, self._free_at) + len(frame) * 8 / (bad.rate_kbps * 1000)
        return self._free_at

    def _delay_s(self) -> float:
        bad = self.badness
        if not bad.jitter_ms:
            return bad.delay_ms / 1000
        return max(0.0, self.chance.gauss(bad.delay_ms, bad.jitter_ms / 2)) / 1000

    def _with_one_bit_wrong(self, frame: bytes) -> bytes:
        wrong = bytearray(frame)
        wrong[self.chance.randrange(HEADERS, len(frame)) if len(frame) > HEADERS else -1] ^= 1 << self.chance.randrange(
            8
        )
        return bytes(wrong)
