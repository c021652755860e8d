"""All lines of this node: by id, by holder and by who is at their other end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.errors import Unavailable
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.line import Line, Peer, holder_of
from dispatch_server.signals.model import Farewell, Side, State
from dispatch_server.signals.outbox import Outbox
from dispatch_server.signals.receipts import Receipts

LINE_ID_BYTES = 16


class TooManyLines(Unavailable):
    def __init__(self) -> None:
        super().__init__("too_many_lines", "Too many are connected.", retry_after_s=30)


def person_key(person_id: str) -> tuple[Side, str]:
    return Side.CONSOLE, person_id


def terminal_key(number: str) -> tuple[Side, str]:
    return Side.TERMINAL, number


def key_of(peer: Peer) -> tuple[Side, str]:
    return terminal_key(peer.number) if isinstance(peer, TerminalCaller) else person_key(peer.person.id)


@dataclass(slots=True)
class LineBook:
    """A person may have several consoles open (tabs, machines); a terminal has one line, its newest."""

    limits: SignalLimits
    chance: Callable[[int], bytes]
    expired: int = 0
    _lines: dict[str, Line] = field(default_factory=dict)
    _of_peer: dict[tuple[Side, str], dict[str, Line]] = field(default_factory=dict)
    _of_holder: dict[str, dict[str, Line]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Line]:
        return iter(list(self._lines.values()))

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, line_id: str) -> Line | None:
        return self._lines.get(line_id)

    def of_peer(self, key: tuple[Side, str]) -> list[Line]:
        return list(self._of_peer.get(key, {}).values())

    def of_holder(self, holder: str) -> list[Line]:
        return list(self._of_holder.get(holder, {}).values())

    def open(self, side: Side, peer: Peer) -> Line:
        """A new line; those that make way for it are ended. Raises TooManyLines."""
        own = self.of_peer(key_of(peer))
        most = 1 if side is Side.TERMINAL else self.limits.lines_per_holder
        for line in sorted(own, key=lambda one: one.state is State.OPEN)[: max(0, len(own) - most + 1)]:
            self.end(line, Farewell("replaced", again=False))
        if len(self._lines) >= self.limits.lines:
            self._end_longest_away()
        siblings = self.of_holder(holder_of(peer))
        line = Line(
            id=self.chance(LINE_ID_BYTES).hex(),
            side=side,
            peer=peer,
            outbox=Outbox(self.limits.outbox_messages, self.limits.outbox_characters),
            receipts=siblings[0].receipts if siblings else self._receipts_of(own, peer),
        )
        self._lines[line.id] = line
        self._of_peer.setdefault(key_of(peer), {})[line.id] = line
        self._of_holder.setdefault(line.holder, {})[line.id] = line
        return line

    def resume(self, line_id: str, peer: Peer, seq: int) -> Line | None:
        """The holder's own line that may go on after `seq`; None when a new one is to be opened."""
        line = self._lines.get(line_id)
        if line is None or line.holder != holder_of(peer) or not line.outbox.resume(seq):
            return None
        line.peer = peer
        return line

    def end(self, line: Line, farewell: Farewell) -> None:
        line.end(farewell)
        if self._lines.pop(line.id, None) is None:
            return
        for index, key in ((self._of_peer, key_of(line.peer)), (self._of_holder, line.holder)):
            members: dict[str, Line] = index[key]  # type: ignore[index]
            del members[line.id]
            if not members:
                del index[key]  # type: ignore[arg-type]

    def expire(self, now: float) -> None:
        """End the lines whose connection was lost for too long."""
        for line in self:
            if line.state is State.AWAY and now - line.away_since > self.limits.resume_s:
                self.expired += 1
                self.end(line, Farewell("away_too_long", again=True))

    def _receipts_of(self, replaced: list[Line], peer: Peer) -> Receipts:
        """A line that is replaced by its holder hands its receipts on."""
        own = [line for line in replaced if line.holder == holder_of(peer)]
        return own[0].receipts if own else Receipts(self.limits.receipts)

    def _end_longest_away(self) -> None:
        away = [line for line in self._lines.values() if line.state is State.AWAY]
        if not away:
            raise TooManyLines
        self.end(min(away, key=lambda line: line.away_since), Farewell("away_too_long", again=True))
