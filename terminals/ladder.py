"""In which order a terminal sends less: main bit rate, main picture rate, no main, less sub. Sound is never touched."""

from collections.abc import Sequence
from dataclasses import dataclass

OVERHEAD = 1.1  # RTP, SRTP, UDP and repairs on top of what the encoders give
UP_MARGIN, UP_AFTER_S, LONGEST_UP_S = 1.1, 3.0, 60.0
QUICK_FALL_S = 10.0  # a fall so soon after a climb: the next trial waits twice as long
FEWEST_BPS = 60_000


@dataclass(frozen=True, slots=True)
class Rung:
    """Bit rates, and every how many-th picture is sent; a main bit rate of 0 leaves the main picture out."""

    main_bps: int
    main_every: int
    sub_bps: int
    sub_every: int

    def total_bps(self, sound_bps: int) -> int:
        return round((self.main_bps + self.sub_bps + sound_bps) * OVERHEAD)


def rungs(main_bps: int, sub_bps: int) -> list[Rung]:
    """From the best to the least. Without a sub picture (0) the main one stays to the end."""
    main = [(1.0, 1), (0.75, 1), (0.5, 1), (0.33, 1), (0.22, 2), (0.15, 5)]
    found = [Rung(max(FEWEST_BPS, round(main_bps * share)), every, sub_bps, 1) for share, every in main]
    if sub_bps:
        sub = [(1.0, 1), (0.6, 2), (0.35, 5)]
        found += [Rung(0, 1, max(FEWEST_BPS // 2, round(sub_bps * share)), every) for share, every in sub]
    else:
        found.append(Rung(FEWEST_BPS, 10, 0, 1))
    return found


class Ladder:
    """Falls as far as it must at once, climbs one rung at a time when there has been room for a while."""

    def __init__(self, steps: Sequence[Rung], sound_bps: int) -> None:
        self.index = 0
        self._steps = list(steps)
        self._totals = [step.total_bps(sound_bps) for step in steps]
        self._room_since: float | None = None
        self._up_after_s = UP_AFTER_S
        self._climbed_at = float("-inf")

    @property
    def rung(self) -> Rung:
        return self._steps[self.index]

    @property
    def present_bps(self) -> int:
        return self._totals[self.index]

    @property
    def highest_bps(self) -> int:
        return self._totals[0]

    @property
    def lowest_bps(self) -> int:
        return self._totals[-1]

    @property
    def wanted_bps(self) -> float:
        """What must be allowed for the next better rung."""
        return min(self._totals[max(0, self.index - 1)] * UP_MARGIN, float(self.highest_bps))

    def choose(self, allowed_bps: int, now: float) -> bool:
        """Whether the rung has changed."""
        if allowed_bps < self._totals[self.index]:
            self._room_since = None
            fitting = (index for index, total in enumerate(self._totals) if total <= allowed_bps)
            lowered = max(self.index, next(fitting, len(self._totals) - 1))
            changed, self.index = lowered != self.index, lowered
            if changed:
                at_once = now - self._climbed_at < QUICK_FALL_S
                self._up_after_s = min(LONGEST_UP_S, 2 * self._up_after_s) if at_once else UP_AFTER_S
            return changed
        if self.index == 0 or allowed_bps < self.wanted_bps:
            self._room_since = None
        elif self._room_since is None:
            self._room_since = now
        elif now - self._room_since >= self._up_after_s:
            self._room_since = self._climbed_at = now
            self.index -= 1
            return True
        return False
