"""A line to a console or a terminal and its life, parcels on their way to it, and what nodes tell each other."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable


class Side(StrEnum):
    """Who is at the other end."""

    CONSOLE = "console"
    TERMINAL = "terminal"


class State(StrEnum):
    OPEN = "open"
    AWAY = "away"  # its connection was lost and it may come back
    ENDED = "ended"


class Happening(StrEnum):
    LOSE = "lose"
    RESUME = "resume"
    END = "end"


LIFE = StateTable(
    first=State.OPEN,
    moves={
        (State.OPEN, Happening.LOSE): State.AWAY,
        (State.OPEN, Happening.RESUME): State.OPEN,  # the client noticed the loss before the server did
        (State.OPEN, Happening.END): State.ENDED,
        (State.AWAY, Happening.RESUME): State.OPEN,
        (State.AWAY, Happening.END): State.ENDED,
    },
    final=frozenset({State.ENDED}),
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message for any number of lines, written once. `key`: a newer one of the same key takes its place."""

    type: str
    body: str  # JSON
    key: str = ""
    reply_to: str = ""

    def text(self, seq: int | None = None) -> str:
        """The envelope; see protocol/signals.py."""
        number = f',"seq":{seq}' if seq is not None else ""
        answered = f',"reply_to":"{self.reply_to}"' if self.reply_to else ""
        return f'{{"type":"{self.type}"{number}{answered},"body":{self.body}}}'


@dataclass(frozen=True, slots=True)
class Farewell:
    """Why the server ends a connection: the words of `bye` and the close code (RFC 6455 7.4)."""

    code: str
    again: bool
    close_code: int = 1008


class Kind(StrEnum):
    """What an address names."""

    PERSON = "person"  # to: the person's id
    TERMINAL = "terminal"  # to: the number
    SCOPE = "scope"  # to: an action; department: whom it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class HubEvent(Event):
    """What the hubs of all nodes listen to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTold(HubEvent):
    """A signal that a newer one makes up for: `key` says of what it is the state."""

    kind: Kind
    to: str
    department: str
    type: str
    body: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSent(HubEvent):
    """A signal that no later one makes up for."""

    durable: ClassVar[bool] = True

    kind: Kind
    to: str
    department: str
    type: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderLeft(HubEvent):
    """Whatever this holder has open ends, on every node."""

    durable: ClassVar[bool] = True

    holder: str
    reason: str
