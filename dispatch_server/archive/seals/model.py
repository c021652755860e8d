"""What reading a recording again brings to light, and what is told about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.x509 import Certificate

from dispatch_server.kit.events import Event
from dispatch_server.protocol.footage import Entry, FragmentEntry, GapEntry
from dispatch_server.protocol.seals import PublicKey, Seal

MOST_FAULTS = 200  # of one recording: who needs more knows already


class Standing(StrEnum):
    """How far a recording has come, told by its folder alone."""

    OPEN = "open"
    CLOSED = "closed"  # no seal: nobody vouches for it yet
    SEALED = "sealed"
    PURGED = "purged"  # destroyed by order; what stays says so


class Kind(StrEnum):
    """Whose word is broken."""

    UNREADABLE = "unreadable"
    MEDIA = "media"
    INDEX = "index"
    CHAIN = "chain"
    CARD = "card"
    END = "end"
    SEAL = "seal"
    UNSEALED = "unsealed"
    SECOND_CHAIN = "second_chain"
    TIMESTAMP = "timestamp"
    STRAY = "stray"


_OF_SEAL = frozenset({Kind.SEAL, Kind.UNSEALED, Kind.CARD, Kind.END, Kind.TIMESTAMP})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault lies, as closely as is known: 0 and None where it is not."""

    segment: int = 0
    fragment: int = 0
    offset: int | None = None
    bytes: int = 0
    utc_us: int = 0

    def said(self) -> str:
        parts = []
        if self.segment:
            parts.append(f"segment {self.segment}")
        if self.fragment:
            parts.append(f"fragment {self.fragment}")
        if self.offset is not None:
            parts.append(f"bytes {self.offset}–{self.offset + self.bytes - 1}")
        if self.utc_us:
            parts.append(f"{datetime.fromtimestamp(self.utc_us / 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC")
        return ", ".join(parts)

    @classmethod
    def of(cls, segment: int, entry: Entry) -> "Place":
        match entry:
            case FragmentEntry():
                return cls(segment, entry.number, entry.offset, entry.bytes, entry.utc_us)
            case GapEntry():
                return cls(segment, utc_us=entry.from_utc_us)
            case _:
                return cls(segment, offset=0, bytes=entry.bytes, utc_us=entry.utc_us)


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    sentence: str
    place: Place = Place()

    def said(self) -> str:
        where = self.place.said()
        return f"{where}: {self.sentence}" if where else self.sentence


@dataclass(slots=True)
class Findings:
    """What was found of one recording. `proved`: a key that is known from elsewhere signed its seal."""

    recording: str = ""
    standing: Standing = Standing.OPEN
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seal: Seal | None = None
    proved: bool = False
    timestamp_utc_us: int | None = None  # what an outside authority says; only under roots that are known
    lacking: list[int] = field(default_factory=list)  # segments of a master that its terminal still has to send
    unread: list[int] = field(default_factory=list)  # segments whose media are elsewhere, and were not looked at
    bytes: int = 0  # of media that were read

    def fault(self, kind: Kind, sentence: str, place: Place | None = None) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, sentence, place or Place()))

    @property
    def is_whole(self) -> bool:
        return not self.faults

    @property
    def broken_seal(self) -> bool:
        """Somebody wrote here; other faults may be a disk's."""
        return any(fault.kind in _OF_SEAL for fault in self.faults)

    def said(self) -> str:
        """All of it in one line, for an alarm."""
        more = f" and {len(self.faults) - 1} more" if len(self.faults) > 1 else ""
        return f"{self.faults[0].said()}{more}" if self.faults else ""


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Whose word counts. `evidence` None: no key is known from elsewhere, so that only consistency can be shown; `devices`
    None likewise for masters that terminals sealed; `roots`: certificates of time stamping authorities.
    `of_one_terminal`: `devices` are the keys that the register has of the very terminal whose master this is, the
    oldest first, so that a later one of them may have sealed it.
    """

    evidence: Mapping[str, PublicKey] | None = None  # by RFC 7638 thumbprint
    devices: Mapping[str, PublicKey] | None = None
    roots: tuple[Certificate, ...] = ()
    of_one_terminal: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the database knows of a seal and of when what it closes was read again."""

    recording_id: str
    sealed_utc_us: int
    key: str
    chain: str
    sm3: str
    stamped_utc_us: int | None = None
    scrubbed_utc_us: int | None = None
    damage: str = ""  # what was found last; empty: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSealed(Event):
    """Nothing of it changes any more without being found."""

    recording_id: str
    department: str
    source: str
