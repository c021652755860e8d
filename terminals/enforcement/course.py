"""How far an enforcement is, from what was said here and what the server told: no network is asked (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.states import StateTable
from dispatch_server.protocol.enforcement_views import RecordingStep
from terminals.enforcement.outbox import Said


class State(StrEnum):
    """As the server's, with the pause made a state: here it decides what may be said next."""

    NONE = "none"
    OPENED = "opened"
    UNDER_WAY = "under_way"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


LIFE: StateTable[State, str] = StateTable(
    first=State.NONE,
    moves={
        (State.NONE, "open"): State.OPENED,
        (State.OPENED, "begin"): State.UNDER_WAY,
        (State.OPENED, "cancel"): State.CANCELLED,
        (State.UNDER_WAY, "steps"): State.UNDER_WAY,
        (State.UNDER_WAY, "marks"): State.UNDER_WAY,
        (State.UNDER_WAY, "pause"): State.PAUSED,
        (State.PAUSED, "marks"): State.PAUSED,
        (State.PAUSED, "resume"): State.UNDER_WAY,
        (State.UNDER_WAY, "finish"): State.FINISHED,
        (State.PAUSED, "finish"): State.FINISHED,
        (State.FINISHED, "open"): State.OPENED,
        (State.CANCELLED, "open"): State.OPENED,
    },
    final=frozenset(),
)
RUNS = (State.UNDER_WAY, State.PAUSED)


class NotNow(LocalFault):
    def __init__(self, what: str, state: State) -> None:
        super().__init__("not_now", f"当前状态 {state} 不能执行 {what} / {what} is not possible while it is {state}")


@dataclass(slots=True)
class Course:
    """`steps`: the codes that were begun, and those that were ended."""

    enforcement: str = ""
    state: State = LIFE.first
    kind: str = ""
    begun: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def may(self, what: str) -> None:
        """Raises NotNow."""
        if not LIFE.allows(self.state, what):
            raise NotNow(what, self.state)

    def take(self, said: Said) -> None:
        """What does not fit was refused when it was said, and counts for nothing."""
        if not LIFE.allows(self.state, said.what) or (said.what != "open" and said.enforcement != self.enforcement):
            return
        self.state = LIFE.after(self.state, said.what)
        if said.what == "open":
            self.enforcement, self.kind = said.enforcement, str(said.body.get("kind", ""))
            self.begun, self.ended = set(), set()
        elif said.what == "steps":
            (self.begun if said.body.get("what") == "begin" else self.ended).add(str(said.body.get("step")))


def course_of(said: Iterable[Said], refused: frozenset[str] = frozenset(), first: Course | None = None) -> Course:
    """`refused`: keys of what the server did not take; `first`: what the centre opened or began for this terminal."""
    course = first or Course()
    for one in said:
        if one.key not in refused:
            course.take(one)
    return course


def unrecorded(course: Course, steps: Sequence[RecordingStep]) -> list[RecordingStep]:
    """Required steps of this kind that were not taken yet, in the order of the list; a running one is not whole."""
    wanted = (step for step in steps if step.required and course.kind in step.kinds)
    return sorted((step for step in wanted if step.code not in course.ended), key=lambda step: step.order)
