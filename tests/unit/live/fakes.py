"""Hand-written stand-ins for what the live room asks of others."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch_server.kit.errors import Unavailable
from dispatch_server.kit.events import Event
from dispatch_server.live.model import State, Stream
from dispatch_server.live.ports import Beside
from dispatch_server.live.publish_keys import PublishKey
from dispatch_server.media.abilities import Layer
from dispatch_server.media.figures import Answered, SessionFigures, StreamFigures
from dispatch_server.media.sdp.refusals import ACCEPTED, OfferMalformed, OfferRefused

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
OFFER = f"v=0\r\na=fingerprint:{FINGERPRINT}\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"


class FakeWorld:
    def __init__(self) -> None:
        self.seconds = 1000.0
        self._random = random.Random(7)

    def monotonic(self) -> float:
        return self.seconds

    def utc_us(self) -> int:
        return 1_790_000_000_000_000 + round(self.seconds * 1_000_000)

    def chance(self, count: int) -> bytes:
        return self._random.randbytes(count)


@dataclass
class FakeFigures:
    figures: dict[str, StreamFigures] = field(default_factory=dict)
    asked: int = 0

    def stream_figures(self, stream_id: str) -> StreamFigures | None:
        self.asked += 1
        return self.figures.get(stream_id)

    def session_figures(self, session_id: str) -> SessionFigures | None:
        return None


@dataclass
class FakeMedia(FakeFigures):
    """Answers offers that look like one, and remembers what it was told."""

    sessions: dict[str, str] = field(default_factory=dict)  # session → stream
    layers: dict[str, Layer | None] = field(default_factory=dict)
    closed: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, session_id: str, stream_id: str, offer: str) -> Answered:
        if not offer.startswith("v=0"):
            raise OfferMalformed("The description does not begin with v=0.")
        if "VP8" in offer:
            raise OfferRefused("codec_not_accepted", "No usable codec.", ACCEPTED)
        self.sessions[session_id] = stream_id
        return Answered("v=0\r\no=answer\r\n", f"ice{len(self.sessions)}")

    def watch(self, session_id: str, stream_id: str, layer: Layer | None, offer: str) -> Answered:
        self.layers[session_id] = layer
        return self.publish(session_id, stream_id, offer)

    def patch(self, session_id: str, fragment: str) -> str | None:
        if not fragment.startswith("a="):
            raise OfferMalformed("The fragment has no attribute.")
        return "a=ice-ufrag:new\r\n" if "ice-ufrag:restart" in fragment else None

    def choose_layer(self, session_id: str, layer: Layer | None) -> None:
        self.layers[session_id] = layer

    def close(self, session_id: str, reason: str) -> None:
        self.sessions.pop(session_id, None)
        self.closed.append((session_id, reason))


@dataclass
class FakeBus:
    events: list[Event] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@dataclass
class FakeStreamStore:
    rows: dict[str, State] = field(default_factory=dict)
    kept: list[Stream] = field(default_factory=list)
    broken: bool = False

    async def save(self, streams: Sequence[Stream]) -> None:
        if self.broken:
            raise Unavailable("database_unavailable", "the database is away")
        self.rows.update({stream.id: stream.state for stream in streams})

    async def unfinished(self) -> list[Stream]:
        return self.kept

    async def last_seen(self) -> dict[str, int]:
        return {"T0102": 5}


@dataclass
class FakeKeyStore:
    rows: dict[str, PublishKey] = field(default_factory=dict)

    async def keys(self) -> list[PublishKey]:
        return list(self.rows.values())

    async def add(self, key: PublishKey, beside: Beside) -> None:
        await beside(None)
        self.rows[key.id] = key

    async def revoke(self, key_id: str, utc_us: int, beside: Beside) -> None:
        await beside(None)
        del self.rows[key_id]

    async def used(self, moments: Mapping[str, int]) -> None:
        self.used_last = moments
