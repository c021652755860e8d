"""What other rooms say of the things in a case, as the list of what it lacks needs it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EnforcementFacts:
    """`unrecorded`: required steps that are neither on record nor excused, by their codes."""

    id: str
    department: str
    is_finished: bool
    unrecorded: tuple[str, ...] = ()
    has_confirmation: bool = False  # a step of class confirmation was taken
    unexplained_us: int = 0  # missing coverage without a reason


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """`state`: open, closed, sealed, held or purged. `confirms`: a step of class confirmation lies in it."""

    id: str
    department: str
    state: str
    begun_utc_us: int
    ended_utc_us: int
    confirms: bool = False
    source: str = ""  # the terminal that recorded it


@dataclass(frozen=True, slots=True)
class Held:
    """A hold over a case. `left_out`: recordings that were destroyed before."""

    hold_id: str
    recordings: int
    left_out: tuple[str, ...] = ()
