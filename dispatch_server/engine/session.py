"""One publishing or watching session of the engine, why there may be none, and who is told about it."""

from dataclasses import dataclass
from typing import Protocol

from dispatch_server.kit.errors import DispatchError
from dispatch_server.media.abilities import Direction, IceCredentials, Layer
from dispatch_server.media.peer import Peer


class TooManySessions(DispatchError):
    def __init__(self) -> None:
        super().__init__(
            "too_many_sessions", "this node serves as many sessions as its settings allow; try again later"
        )


class StreamNotOnAir(DispatchError):
    def __init__(self) -> None:
        super().__init__("stream_not_live", "Nobody publishes this stream now.")


class Listener(Protocol):
    """Who is told about sessions; live/service.py is, by wiring.py."""

    def publisher_connected(self, session_id: str) -> None: ...

    def publisher_lost(self, session_id: str) -> None: ...

    def publisher_resumed(self, session_id: str) -> None: ...

    def session_ended(self, session_id: str, reason: str) -> None: ...


class Silent:
    """Nobody to tell yet."""

    def publisher_connected(self, session_id: str) -> None: ...

    def publisher_lost(self, session_id: str) -> None: ...

    def publisher_resumed(self, session_id: str) -> None: ...

    def session_ended(self, session_id: str, reason: str) -> None: ...


@dataclass(slots=True)
class Session:
    stream: str
    peer: Peer
    publishes: bool
    remote: IceCredentials
    connected: bool = False

    @property
    def layers(self) -> frozenset[Layer]:
        """What this publisher may send."""
        plans = [plan for plan in self.peer.plan.tracks if plan.direction is Direction.IN]
        return frozenset(layer for plan in plans for layer in (plan.layer_of_rid.values() or (plan.layer,)))
