"""How far one enforcement is, as this terminal sees it: what may be said of it next (pure)."""

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.states import StateTable
from terminals.enforcement.outbox import Said


class State(StrEnum):
    """As the server's, with the pause made a state: here it decides what may be said next."""

    NONE = "none"
    OPENED = "opened"
    UNDER_WAY = "under_way"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    OVER = "over"  # the server has it no more among what this terminal takes part in: it was ended elsewhere


ELSEWHERE = "ended elsewhere"
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
        (State.OPENED, ELSEWHERE): State.OVER,
        (State.UNDER_WAY, ELSEWHERE): State.OVER,
        (State.PAUSED, ELSEWHERE): State.OVER,
        (State.OVER, "open"): State.OPENED,
    },
    final=frozenset(),
)
RUNS = (State.UNDER_WAY, State.PAUSED)


class NotNow(LocalFault):
    def __init__(self, what: str, state: State) -> None:
        super().__init__("not_now", f"当前状态 {state} 不能执行 {what} / {what} is not possible while it is {state}")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Opened for this terminal, by the centre or here, and not begun."""

    enforcement: str
    kind: str
    item: str
    place: str
    opened_utc_us: int


@dataclass(slots=True)
class Course:
    """
    `running`, `taken`, `excused`: codes of steps. `heard` False: the server was asked and did not take its opening
    or begin, and it goes on all the same. `elsewhere`: another one that the server has under way for this terminal.
    """

    enforcement: str = ""
    state: State = LIFE.first
    kind: str = ""
    running: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    excused: set[str] = field(default_factory=set)
    heard: bool = True
    elsewhere: str = ""
    waiting: tuple[Waiting, ...] = ()

    def may(self, what: str) -> None:
        """Raises NotNow."""
        if not LIFE.allows(self.state, what):
            raise NotNow(what, self.state)

    def take(self, said: Said) -> None:
        """What does not fit was refused when it was said, and counts for nothing."""
        if not LIFE.allows(self.state, said.what):
            return
        self.state = LIFE.after(self.state, said.what)
        if said.what == "open":
            self.enforcement, self.kind = said.enforcement, str(said.body.get("kind", ""))
        elif said.what == "steps":
            self._step(str(said.body.get("step")), said.body.get("what") == "begin")

    def _step(self, code: str, begins: bool) -> None:
        if begins:
            self.running.add(code)
        else:
            self.running.discard(code)
            self.taken.add(code)
