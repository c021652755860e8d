"""What a terminal remembers of its line to the server from one connection to the next (pure)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from dispatch_server.protocol import signals as words

ID_BYTES = 12
ACK_EVERY = 16


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came for the first time."""

    type: str
    body: dict[str, Any]
    reply_to: str | None = None


@dataclass(slots=True)
class Conversation:
    """
    What was put is sent again over every new connection until it is answered; the server executes it once.

    Bounded: beyond `capacity` the oldest unanswered message is given up, and counted.
    """

    chance: Callable[[int], bytes]
    capacity: int = 64
    given_up: int = 0
    welcome: words.Welcome | None = None
    _line: str = ""
    _seq: int = 0
    _acknowledged: int = 0
    _pending: dict[str, str] = field(default_factory=dict)
    _newest: dict[str, str] = field(default_factory=dict)  # type → id, of those of which only the newest counts

    def hello(self) -> str:
        """The first words of a connection."""
        resume = words.ResumePoint(line=self._line, seq=self._seq) if self._line else None
        return _text(words.Hello(resume=resume), None)

    def put(self, message: BaseModel, *, newest: bool = False) -> tuple[str, str]:
        """(its id, its text). `newest`: an unanswered one of the same kind need no longer be sent (heartbeats)."""
        name = words.name_of(type(message))
        if newest and name in self._newest:
            self._pending.pop(self._newest[name], None)
        identity = self.chance(ID_BYTES).hex()
        text = _text(message, identity)
        self._pending[identity] = text
        if newest:
            self._newest[name] = identity
        while len(self._pending) > self.capacity:
            del self._pending[next(iter(self._pending))]
            self.given_up += 1
        return identity, text

    def unanswered(self) -> list[str]:
        """To be sent after a welcome, in order."""
        return list(self._pending.values())

    def take(self, text: str) -> Received | None:
        """What is new in a message of the server; None for what came already and for what is no message."""
        try:
            message = words.Outbound.model_validate_json(text)
            if message.type == words.name_of(words.Welcome):
                self._begin(words.Welcome.model_validate(message.body))
            elif message.type == words.name_of(words.Resync):
                self._seq = max(self._seq, words.Resync.model_validate(message.body).seq)
        except ValidationError:
            return None
        if message.seq is not None:
            if message.seq <= self._seq:
                return None
            self._seq = message.seq
        if message.reply_to is not None:
            self._pending.pop(message.reply_to, None)
        return Received(message.type, message.body, message.reply_to)

    def acknowledgement(self, every: int = ACK_EVERY) -> str | None:
        """To be sent now and then, so that the server need not keep what arrived."""
        if self._seq - self._acknowledged < every:
            return None
        self._acknowledged = self._seq
        return _text(words.Ack(seq=self._seq), None)

    def _begin(self, welcome: words.Welcome) -> None:
        if not welcome.resumed:
            self._seq = 0
        self._acknowledged = self._seq
        self._line, self.welcome = welcome.line, welcome


def ping() -> str:
    return _text(words.Ping(), None)


def _text(message: BaseModel, identity: str | None) -> str:
    body = message.model_dump(mode="json", exclude_none=True)
    envelope = {"type": words.name_of(type(message)), "body": body} | ({"id": identity} if identity else {})
    return json.dumps(envelope, ensure_ascii=False)
