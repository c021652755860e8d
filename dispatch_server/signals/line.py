"""One line: what a console or a terminal has with us for longer than one connection."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Session
from dispatch_server.signals.model import LIFE, Farewell, Happening, Parcel, Side, State
from dispatch_server.signals.outbox import Outbox
from dispatch_server.signals.receipts import Receipts

Peer = Session | TerminalCaller


class Pipe(Protocol):
    """The connection under a line."""

    def wake(self) -> None:
        """Something is to be written."""

    def end(self, farewell: Farewell) -> None:
        """Say why, and close. Never waits."""

    async def renew(self, token: str) -> str | None:
        """Take a terminal's next access token; the code of the refusal, if it is refused."""


def holder_of(peer: Peer) -> str:
    """By which name all that somebody opened is ended together."""
    return peer.holder if isinstance(peer, TerminalCaller) else peer.id


@dataclass(slots=True)
class Line:
    id: str
    side: Side
    peer: Peer
    outbox: Outbox
    receipts: Receipts  # of the holder: its lines share them
    control: deque[str] = field(default_factory=deque)  # answers without a number
    topics: frozenset[str] = frozenset()
    state: State = LIFE.first
    pipe: Pipe | None = None
    away_since: float = 0.0
    must_resync: bool = False
    served_at: float = float("-inf")  # with its topics, because it asked
    ended_by: str = ""

    @property
    def holder(self) -> str:
        return holder_of(self.peer)

    def send(self, parcel: Parcel) -> int:
        """Its number. When there was no room, the client is told to read anew, and this is part of what it reads."""
        seq = self.outbox.add(parcel)
        if seq is None:
            self.must_resync = True
        self._wake()
        return seq or 0

    def say(self, parcel: Parcel, most: int) -> None:
        """Without a number: lost with the connection. Who asks without ever reading the answers is ended."""
        if self.pipe is None:
            return
        if len(self.control) >= most:
            self.pipe.end(Farewell("not_reading", again=True))
            return
        self.control.append(parcel.text())
        self._wake()

    def tell_to_resync(self) -> None:
        """Something for this line was lost before it came here."""
        self.must_resync = True
        self._wake()

    def attach(self, pipe: Pipe) -> None:
        """A new line's connection, or the next one of a line that is resumed."""
        if self.pipe is not None:
            self.pipe.end(Farewell("replaced", again=False))
        if self.pipe is not None or self.state is State.AWAY:
            self._move(Happening.RESUME)
        self.pipe = pipe
        self.control.clear()

    def detach(self, pipe: Pipe, now: float) -> bool:
        """Its connection is gone; False when another one has taken its place already, or the line has ended."""
        if self.pipe is not pipe or self.state is State.ENDED:
            return False
        self.pipe = None
        self.away_since = now
        self._move(Happening.LOSE)
        return True

    def end(self, farewell: Farewell) -> None:
        if self.state is State.ENDED:
            return
        self._move(Happening.END)
        self.ended_by = farewell.code
        if self.pipe is not None:
            self.pipe.end(farewell)

    def _move(self, happening: Happening) -> None:
        self.state = LIFE.after(self.state, happening)

    def _wake(self) -> None:
        if self.pipe is not None:
            self.pipe.wake()
