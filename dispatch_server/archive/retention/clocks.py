"""Whether the wall clock may be believed when something is to end for good by it (pure)."""

from dataclasses import dataclass

MICROSECONDS = 1_000_000
DAY_US = 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Tolerance:
    clock_us: int = 120 * MICROSECONDS
    anchor_us: int = 300 * MICROSECONDS  # heads of the ledger are signed every minute
    away_us: int = 7 * DAY_US  # switched off for longer: a person must look at the clock


@dataclass(frozen=True, slots=True)
class Pair:
    """Both clocks at one moment. `boottime_us` goes on while the machine sleeps and begins anew with each boot."""

    wall_us: int
    boottime_us: int
    boot: str


@dataclass(frozen=True, slots=True)
class Sight:
    """
    `fixed`: the pair from which this boot's time is counted, taken when the clock was right; `last`: the last pair that
    was believed, from whatever boot; `anchor_utc_us`: of the ledger's last signed head; `synchronised`: what the
    kernel says, None where it does not.
    """

    now: Pair
    fixed: Pair | None
    last: Pair | None
    anchor_utc_us: int | None
    synchronised: bool | None


@dataclass(frozen=True, slots=True)
class Belief:
    """`why_not` is a stable word: empty when the clock is believed."""

    why_not: str = ""
    detail: str = ""
    fixes: bool = False  # from now on this boot's time is counted from this moment

    @property
    def believed(self) -> bool:
        return not self.why_not


def judge(sight: Sight, tolerance: Tolerance) -> Belief:
    now = sight.now
    anchored = _by_anchor(sight, tolerance)
    if anchored is not None:
        return anchored
    if sight.fixed is not None and sight.fixed.boot == now.boot:
        ahead_us = (now.wall_us - sight.fixed.wall_us) - (now.boottime_us - sight.fixed.boottime_us)
        if abs(ahead_us) > tolerance.clock_us:
            return Belief("jumped", f"the wall clock went {ahead_us / MICROSECONDS:+.0f} s beside elapsed time")
        return Belief()
    return _after_a_boot(sight, tolerance)


def _by_anchor(sight: Sight, tolerance: Tolerance) -> Belief | None:
    if sight.anchor_utc_us is None:
        return Belief("no_head", "the ledger has no signed head yet")
    age_us = sight.now.wall_us - sight.anchor_utc_us
    if age_us < -tolerance.clock_us:
        return Belief("before_head", f"the ledger's last head is of {-age_us / MICROSECONDS:.0f} s later")
    if age_us > tolerance.anchor_us:
        return Belief("head_old", f"the ledger's last head is {age_us / MICROSECONDS:.0f} s old")
    return None


def _after_a_boot(sight: Sight, tolerance: Tolerance) -> Belief:
    if sight.last is not None:
        away_us = sight.now.wall_us - sight.last.wall_us
        if away_us < -tolerance.clock_us:
            return Belief("went_back", f"it is {-away_us / MICROSECONDS:.0f} s earlier than before the start")
        if away_us > tolerance.away_us:
            return Belief("away_long", f"it is {away_us / DAY_US:.0f} days later than before the start")
    if not sight.synchronised:
        return Belief("not_synchronised", "since the start no time server has set the clock")
    return Belief(fixes=True)
