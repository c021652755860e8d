"""What is on its way to one line: numbered, bounded, kept until it arrives; a newer state takes an older's place."""

from dataclasses import dataclass, field

from dispatch_server.signals.model import Parcel


@dataclass(frozen=True, slots=True)
class _Entry:
    text: str
    key: str


@dataclass(slots=True)
class Outbox:
    """
    Numbers grow and may skip; what is skipped was superseded, or the line is told to read anew.

    What must not be lost is lost only beyond `messages` or `characters`; then `overflows` grows, and everything that
    waits goes with it, because a part would be taken for the whole.
    """

    messages: int
    characters: int
    superseded: int = 0
    overflows: int = 0
    _entries: dict[int, _Entry] = field(default_factory=dict)  # in the order of their numbers
    _by_key: dict[str, int] = field(default_factory=dict)
    _size: int = 0
    _last: int = 0  # the newest number given
    _sent: int = 0  # the newest number written to the connection
    _floor: int = 0  # up to here nothing can be sent again: arrived, or lost

    @property
    def last(self) -> int:
        return self._last

    @property
    def floor(self) -> int:
        """Nothing up to this number can be sent again."""
        return self._floor

    @property
    def size(self) -> int:
        """Characters that are kept."""
        return self._size

    def __len__(self) -> int:
        return len(self._entries)

    def holds(self, seq: int) -> bool:
        return seq in self._entries

    def add(self, parcel: Parcel) -> int | None:
        """The parcel's number; None when there was no room and all that waited is lost: tell the line to read anew."""
        if parcel.key and parcel.key in self._by_key:
            self._remove(self._by_key[parcel.key])
            self.superseded += 1
        self._last += 1
        text = parcel.text(self._last)
        self._entries[self._last] = _Entry(text, parcel.key)
        if parcel.key:
            self._by_key[parcel.key] = self._last
        self._size += len(text)
        while len(self._entries) > self.messages or self._size > self.characters:
            oldest = next(iter(self._entries))
            if oldest > self._sent:
                self._lose_all()
                return None
            self._remove(oldest)  # was sent; only a resumption from before it is no longer possible
            self._floor = oldest
        return self._last

    def next_unsent(self) -> str | None:
        """The next text for the connection, which is counted as sent."""
        for seq, entry in self._entries.items():
            if seq > self._sent:
                self._sent = seq
                return entry.text
        return None

    def acknowledge(self, seq: int) -> bool:
        """All up to `seq` arrived; False when it was never sent."""
        if seq > self._sent:
            return False
        while self._entries and (first := next(iter(self._entries))) <= seq:
            self._remove(first)
        self._floor = max(self._floor, seq)
        return True

    def resume(self, seq: int) -> bool:
        """Send again what came after `seq`; False when that is no longer possible or `seq` was never sent."""
        if seq < self._floor or not self.acknowledge(seq):
            return False
        self._sent = seq
        return True

    def _remove(self, seq: int) -> None:
        entry = self._entries.pop(seq)
        self._size -= len(entry.text)
        if entry.key:
            del self._by_key[entry.key]

    def _lose_all(self) -> None:
        self._entries.clear()
        self._by_key.clear()
        self._size = 0
        self._floor = self._sent = self._last
        self.overflows += 1
