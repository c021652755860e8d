"""What this room asks of others: frames, the clock, the bus, names, and somewhere to keep its rows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from dispatch_server.archive.model import Card, Recording, Segment
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.kit.events import Event
from dispatch_server.media.abilities import Layer
from dispatch_server.media.sink import FrameSink


class FramePort(Protocol):
    """The media engine."""

    def attach_frames(self, stream_id: str, sink: FrameSink, layers: frozenset[Layer]) -> Callable[[], None]:
        """Whole frames of a stream to `sink`, across losses of its publisher, until the returned function is called."""


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class WorldPort(Protocol):
    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class FetchPort(Protocol):
    """Where media go that are not kept on this machine any more."""

    async def here(self, card: Card, folder: Path, name: str) -> None:
        """Bring a file back if it is missing. Raises Unavailable, OSError."""


class NamesPort(Protocol):
    """Who knows what a source and a department are called."""

    def terminal_name(self, source: str) -> str: ...

    def department_names(self, code: str) -> tuple[str, str]:
        """In Chinese and in English."""


class RowsPort(Protocol):
    """The database; when `save` returns, it is done for good."""

    async def save(
        self, recordings: Sequence[Recording], segments: Sequence[Segment], utc_us: int | None = None
    ) -> None: ...

    async def open_recordings(self) -> list[Recording]: ...

    async def segments_of(self, recording_id: str) -> list[Segment]: ...

    async def find(self, recording_id: str) -> Recording | None: ...

    async def end_recovered(self, recording: Recording, segments: Sequence[Segment], utc_us: int) -> bool:
        """As `save`, of one that is open or has no row; False for any other, of which nothing is changed."""


class SealsPort(Protocol):
    async def find(self, recording_id: str) -> Sealed | None:
        """None for a recording that has no seal yet."""
