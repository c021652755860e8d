"""What this room asks of others: the media engine, the bus, the clock, and what is known of a stream elsewhere."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from dispatch_server.kit.events import Event
from dispatch_server.live.model import Stream
from dispatch_server.live.publish_keys import PublishKey
from dispatch_server.media.abilities import Layer
from dispatch_server.media.figures import Answered, LayerFigures, SessionFigures, StreamFigures

__all__ = ["Answered", "LayerFigures", "SessionFigures", "StreamFigures"]


# What is to be written in the same transaction: the ledger's line. It is handed the connection.
Beside = Callable[[Any], Awaitable[None]]


class MediaPort(Protocol):
    """
    The media engine. Nothing here waits: an answer is a computation. Of whom `close` ends the listener is not told.

    `publish` for a stream that has a publisher already is a take-over: once it has answered, this room closes the
    old session, and the stream's viewers and sinks stay attached and go on with the new one.
    """

    def publish(self, session_id: str, stream_id: str, offer: str) -> Answered:
        """Raises OfferMalformed, OfferRefused, or an error with code `too_many_sessions`."""

    def watch(self, session_id: str, stream_id: str, layer: Layer | None, offer: str) -> Answered:
        """Raises what `publish` does, and an error with code `stream_not_live`. No layer: automatic."""

    def patch(self, session_id: str, fragment: str) -> str | None:
        """Trickle: None. ICE restart: the answering fragment. Raises OfferMalformed."""

    def choose_layer(self, session_id: str, layer: Layer | None) -> None:
        """None: automatic."""

    def close(self, session_id: str, reason: str) -> None:
        """Idempotent."""

    def stream_figures(self, stream_id: str) -> StreamFigures | None: ...

    def session_figures(self, session_id: str) -> SessionFigures | None: ...


class MediaListener(Protocol):
    """What the engine tells back; an unknown session is no error (it ended while the engine spoke)."""

    def publisher_connected(self, session_id: str) -> None: ...

    def publisher_lost(self, session_id: str) -> None:
        """Consent expired or the link failed; the same session may come back for 10 min."""

    def publisher_resumed(self, session_id: str) -> None: ...

    def session_ended(self, session_id: str, reason: str) -> None:
        """A publisher or a viewer, for good."""


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def monotonic(self) -> float:
        """Seconds from some moment on."""

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class EntropyPort(Protocol):
    def __call__(self, count: int, /) -> bytes: ...


class PicturePort(Protocol):
    """Who keeps the newest still of a stream."""

    def thumbnail_url(self, stream_id: str) -> str | None: ...

    def marks(self, stream_id: str) -> Sequence[str]:
        """What is wrong with its picture."""


class RecordingPort(Protocol):
    """Who records."""

    def is_recording(self, stream_id: str) -> bool: ...


class PresencePort(Protocol):
    """Who knows terminals that are on line without being on air."""

    def online(self) -> Mapping[str, int]:
        """Terminal number → last seen, in UTC microseconds."""


class StreamStorePort(Protocol):
    """Keeps streams over a restart."""

    async def save(self, streams: Sequence[Stream]) -> None: ...

    async def unfinished(self) -> list[Stream]: ...

    async def last_seen(self) -> dict[str, int]:
        """Source → when its last stream ended, in UTC microseconds."""


class KeyStorePort(Protocol):
    """Keeps publish keys; when a call returns, it is done for good."""

    async def keys(self) -> list[PublishKey]:
        """Those that are valid, and the newest of the revoked ones."""

    async def add(self, key: PublishKey, beside: Beside) -> None: ...

    async def revoke(self, key_id: str, utc_us: int, beside: Beside) -> None: ...

    async def used(self, moments: Mapping[str, int]) -> None:
        """Key id → when it was used last."""
