"""The life of a derivative, and what it says of itself: which original, which part of it, who made it and when."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.states import StateTable


class Kind(StrEnum):
    CLIP = "clip"  # whole fragments of the original, copied
    STILL = "still"  # one picture
    MARKED = "marked"  # encoded anew with a text burned in; the sound copied


class State(StrEnum):
    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"


class Happening(StrEnum):
    MAKE = "make"
    FAIL = "fail"


LIFE = StateTable(
    first=State.ASKED,
    moves={
        (State.ASKED, Happening.MAKE): State.READY,
        (State.ASKED, Happening.FAIL): State.FAILED,
    },
    final=frozenset({State.READY, State.FAILED}),
)


@dataclass(slots=True)
class Derivative:
    """`original_digest`: SHA-256 over the digests of the original's fragments that it was made from, in order."""

    id: str
    recording_id: str
    department: str
    kind: Kind
    asked_from_utc_us: int
    asked_to_utc_us: int
    mark: str
    picture: str  # png | jpeg, of a still
    made_by: str
    made_name: str
    made_utc_us: int
    state: State = LIFE.first
    from_utc_us: int = 0  # what it holds, widened to key frames
    to_utc_us: int = 0
    chain: str = ""  # head of the original's chain
    original_digest: str = ""
    sha256: str = ""
    media_type: str = ""
    bytes: int = 0
    content: str = ""  # key of its object
    origin: str = ""  # key of the object that lists its original fragments
    note: str = ""

    def happens(self, what: Happening) -> None:
        self.state = LIFE.after(self.state, what)

    @property
    def is_widened(self) -> bool:
        return self.state is State.READY and (
            self.from_utc_us < self.asked_from_utc_us or self.to_utc_us > self.asked_to_utc_us
        )
