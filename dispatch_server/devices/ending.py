"""What a key opened ends with it: every listener is told, whatever another one did."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dispatch_server.devices.ports import HolderListener


@dataclass(slots=True)
class Endings:
    """Live ends media sessions and unused tokens, the hub closes sockets; both know a terminal by its holder."""

    listeners: list[HolderListener] = field(default_factory=list)
    ended: int = 0

    def end(self, holders: Iterable[str], reason: str) -> None:
        for holder in holders:
            self.ended += 1
            for listener in self.listeners:
                listener(holder, reason)
