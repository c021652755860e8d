"""Whether the time of an answer tells: two kinds of question, asked in turn by chance, compared pair by pair."""

import gc
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import sqrt
from statistics import median

Ask = Callable[[], Awaitable[object]]
# Of a fair coin's tosses so far from the half: once in two million times.
TELLS = 5.0


@dataclass(frozen=True, slots=True)
class Compared:
    """`score`: by how many standard deviations one kind is later than the other more often than a coin would be."""

    score: float
    one_ms: float
    other_ms: float

    @property
    def tells(self) -> bool:
        return abs(self.score) > TELLS

    def __str__(self) -> str:
        return f"{self.one_ms:.3f} / {self.other_ms:.3f} ms, score {self.score:+.1f}"


def compared(pairs: list[tuple[float, float]]) -> Compared:
    """The sign test: no assumption of how times are spread, and no outlier weighs more than one toss."""
    later = sum(one > other for one, other in pairs)
    decided = sum(one != other for one, other in pairs)
    score = (2 * later - decided) / sqrt(decided) if decided else 0.0
    return Compared(score, 1000 * median(one for one, _ in pairs), 1000 * median(other for _, other in pairs))


async def measured(one: Ask, other: Ask, rounds: int, chance: random.Random) -> Compared:
    """Who is asked first is chance too: whatever the first leaves behind, the second finds as often."""
    pairs = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            first, second = (one, other) if chance.random() < 0.5 else (other, one)
            taken = {first: await _timed(first), second: await _timed(second)}
            pairs.append((taken[one], taken[other]))
    finally:
        gc.enable()
    return compared(pairs)


async def _timed(ask: Ask) -> float:
    begun = time.perf_counter()
    await ask()
    return time.perf_counter() - begun
