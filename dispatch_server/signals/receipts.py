"""Which messages of one holder were executed, so that one that is sent again is not executed again."""

from dataclasses import dataclass, field

from dispatch_server.signals.model import Parcel


@dataclass(slots=True)
class Receipt:
    """`reply` is None while the message is still being executed."""

    line: str = ""
    seq: int = 0
    reply: Parcel | None = None


@dataclass(slots=True)
class Receipts:
    """Bounded: beyond `capacity` the oldest is forgotten."""

    capacity: int
    _known: dict[str, Receipt] = field(default_factory=dict)

    def find(self, message_id: str) -> Receipt | None:
        return self._known.get(message_id)

    def begin(self, message_id: str) -> Receipt:
        receipt = self._known[message_id] = Receipt()
        while len(self._known) > self.capacity:
            del self._known[next(iter(self._known))]
        return receipt

    def forget(self, message_id: str) -> None:
        """It was not executed: sending it again is a new try."""
        self._known.pop(message_id, None)

    def __len__(self) -> int:
        return len(self._known)
