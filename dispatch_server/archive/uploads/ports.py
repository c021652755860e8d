"""What this part asks of others: the clock, the bus, device keys, the evidence key, and what the server lacks."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dispatch_server.archive.space import Level, Room
from dispatch_server.kit.events import Event
from dispatch_server.protocol.seals import PublicKey


class WorldPort(Protocol):
    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...

    def new_id(self) -> str: ...


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class EvidenceKeyPort(Protocol):
    """The node's Ed25519 key by which it vouches for what it keeps."""

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""

    @property
    def jwk(self) -> Mapping[str, str]:
        """The public members."""

    def sign(self, data: bytes) -> bytes: ...


class DeviceKeysPort(Protocol):
    async def public_key(self, terminal: str, thumbprint: str) -> PublicKey | None:
        """One that was ever enrolled for this terminal, also an earlier one of it; None: there was no such."""


class LackingPort(Protocol):
    async def lacking(self, source: str, from_utc_us: int, to_utc_us: int) -> Sequence[tuple[int, int]]:
        """What the server has nothing of, as runs (from, to) in order."""


class SpacePort(Protocol):
    """How full the archive's folders are (archive/space.py)."""

    levels: list[Level]
    rooms: list[Room]
