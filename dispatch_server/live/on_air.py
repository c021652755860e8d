"""The streams that have not ended, by id and by source, and those that the database has yet to learn of."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dispatch_server.live.model import State, Stream


@dataclass(slots=True)
class StreamBook:
    unsaved_capacity: int
    unsaved_dropped: int = 0
    last_seen_utc_us: dict[str, int] = field(default_factory=dict)  # one entry a terminal
    _by_id: dict[str, Stream] = field(default_factory=dict)
    _by_source: dict[str, str] = field(default_factory=dict)
    _unsaved: dict[str, Stream] = field(default_factory=dict)

    def find(self, target: str) -> Stream | None:
        """By id or by source."""
        return self._by_id.get(target) or self._by_id.get(self._by_source.get(target, ""))

    def of_source(self, source: str) -> Stream | None:
        return self._by_id.get(self._by_source.get(source, ""))

    def note(self, stream: Stream) -> None:
        """The stream is new or has changed: keep the indexes, the last-seen time and the list of the unsaved right."""
        if stream.state is State.ENDED:
            self._by_id.pop(stream.id, None)
            if self._by_source.get(stream.source) == stream.id:
                del self._by_source[stream.source]
        else:
            self._by_id[stream.id] = stream
            self._by_source[stream.source] = stream.id
        if stream.seen_utc_us is not None and stream.department:
            self.last_seen_utc_us[stream.source] = stream.seen_utc_us
        if stream.changed:
            self._unsaved[stream.id] = stream
            self._bound_unsaved()

    def take_unsaved(self) -> list[Stream]:
        """Hand over what changed; what cannot be saved is noted again."""
        taken = list(self._unsaved.values())
        self._unsaved.clear()
        for stream in taken:
            stream.changed = False
        return taken

    def give_back(self, streams: list[Stream]) -> None:
        for stream in streams:
            stream.changed = True
            self._unsaved.setdefault(stream.id, stream)
        self._bound_unsaved()

    @property
    def unsaved(self) -> int:
        return len(self._unsaved)

    def _bound_unsaved(self) -> None:
        while len(self._unsaved) > self.unsaved_capacity:
            del self._unsaved[next(iter(self._unsaved))]
            self.unsaved_dropped += 1

    def __iter__(self) -> Iterator[Stream]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)
