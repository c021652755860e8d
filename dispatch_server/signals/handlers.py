"""Which messages are understood, from which side, under which action, and who answers them; and the topics."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from dispatch_server.identity.actions import ACTIONS
from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol.signals import CONSOLE_WORDS, TERMINAL_WORDS, name_of
from dispatch_server.signals.model import Side

Handler = Callable[[Any, Any], Awaitable[BaseModel | None]]
Produce = Callable[[Scope], BaseModel]
# Under which action each socket is opened; the words of the envelope need no other.
SOCKET_ACTIONS = {Side.CONSOLE: "signals.console", Side.TERMINAL: "signals.terminal"}


class MessageUnregistered(LocalFault):
    """A message type or a topic without an action, or of a name that is taken."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__("message_unregistered", f"{name}: {why}")


@dataclass(frozen=True, slots=True)
class Known:
    model: type[BaseModel]
    action: str
    handler: Handler


@dataclass(frozen=True, slots=True)
class Topic:
    """A state that is sent as it changes: `produce` gives what somebody with that scope sees of it."""

    name: str
    action: str
    produce: Produce
    every_s: float


@dataclass(slots=True)
class Handlers:
    _known: dict[tuple[Side, str], Known] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)

    def on(self, model: type[BaseModel], action: str, handler: Handler, side: Side) -> None:
        name = name_of(model)
        self._check(name, action)
        if name in {name_of(word) for word in words_of(side)} or (side, name) in self._known:
            raise MessageUnregistered(name, "the name is taken")
        self._known[side, name] = Known(model, action, handler)

    def topic(self, name: str, action: str, produce: Produce, every_s: float) -> None:
        self._check(name, action)
        if name in self.topics:
            raise MessageUnregistered(name, "the name is taken")
        self.topics[name] = Topic(name, action, produce, every_s)

    def find(self, side: Side, name: str) -> Known | None:
        return self._known.get((side, name))

    def registered(self) -> Iterator[tuple[str, str, str]]:
        """(socket, message type, action) of all that a client may send, for the matrix of who may what."""
        for side in Side:
            for word in words_of(side):
                yield f"/ws/{side}", name_of(word), SOCKET_ACTIONS[side]
        for (side, name), known in self._known.items():
            yield f"/ws/{side}", name, known.action
        for topic in self.topics.values():
            yield "/ws/console", f"subscribe {topic.name}", topic.action

    def _check(self, name: str, action: str) -> None:
        if action not in ACTIONS:
            raise MessageUnregistered(name, f"there is no action {action}")


def words_of(side: Side) -> tuple[type[BaseModel], ...]:
    return TERMINAL_WORDS if side is Side.TERMINAL else CONSOLE_WORDS
