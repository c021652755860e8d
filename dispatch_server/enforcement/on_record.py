"""Whether a step that was taken is on record, by what the recordings of its terminals lack: pure."""

from collections.abc import Iterable, Sequence

from dispatch_server.enforcement.model import StepTaken

BEFORE_US = 1_000_000  # a step may be over in a moment
NOT_KEPT_YET_US = 3_000_000  # a fragment in the making, and what the last look at the recorder did not see
Missing = Sequence[tuple[int, int]]  # stretches in UTC microseconds that nobody kept, in order


def stretch_of(steps: Iterable[StepTaken]) -> tuple[int, int] | None:
    """From before the first step to the end of the last one; None: none has ended."""
    ended = [(one.begun_utc_us, one.ended_utc_us) for one in steps if one.ended_utc_us is not None]
    if not ended:
        return None
    return min(begun for begun, _ in ended) - BEFORE_US, max(end for _, end in ended)


def judged(steps: Iterable[StepTaken], of_terminals: Sequence[Missing]) -> dict[int, bool]:
    """By the number of a step that has ended. `of_terminals`: what each terminal lacks of `stretch_of` the steps."""
    return {
        one.number: any(_is_kept(missing, one.begun_utc_us, one.ended_utc_us) for missing in of_terminals)
        for one in steps
        if one.ended_utc_us is not None
    }


def _is_kept(missing: Missing, begun_utc_us: int, ended_utc_us: int) -> bool:
    begin = begun_utc_us - BEFORE_US
    missing_us = sum(max(0, min(to, ended_utc_us) - max(from_, begin)) for from_, to in missing)
    return missing_us <= NOT_KEPT_YET_US and missing_us < ended_utc_us - begin
