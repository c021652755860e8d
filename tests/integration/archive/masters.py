"""A terminal's master as it lies on a device: sealed segments, their indexes, its end; made from real frames."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dispatch_server.archive.folders import folder_of, index_name, media_name, read_end, segment_numbers
from dispatch_server.archive.limits import PoolLimits
from dispatch_server.archive.model import Card, Origin
from dispatch_server.archive.seals.evidence_key import jwk_of, thumbprint_of
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.protocol.footage import FragmentEntry, GapEntry, Line, read_index, read_line
from dispatch_server.protocol.sealed_footage import begin
from dispatch_server.protocol.seals import ED25519, FORM, Seal, signature_of
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import Harness

DEVICE = Ed25519PrivateKey.from_private_bytes(b"d" * 32)
DEVICE_KEY = thumbprint_of(jwk_of(DEVICE.public_key()))
MASTER = "01976b3c-0000-7000-8000-00000000000a"


def of_entries(index: bytes) -> list[Line]:
    return [read_line(data) for data in read_index(index)[0]]


def sealed(recording: str, number: int, index: bytes, plain: bytes, server: X25519PublicKey, seed: int = 0) -> bytes:
    """As protocol/sealed_footage.py says."""
    head, cipher = begin(recording, number, server, lambda count: bytes([seed + number]) * count)
    parts, at = [head], 0
    for line in of_entries(index):
        if isinstance(line.entry, GapEntry):
            continue
        parts.append(cipher.seal(len(parts) - 1, plain[at : at + line.entry.bytes]))
        at += line.entry.bytes
    return b"".join(parts)


@dataclass
class Master:
    """`plain`, `indexes`, `sealed`: by segment number."""

    card: Card
    end: dict[str, Any]
    plain: dict[int, bytes] = field(default_factory=dict)
    indexes: dict[int, bytes] = field(default_factory=dict)
    sealed: dict[int, bytes] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.card.id

    def card_json(self) -> dict[str, Any]:
        return {"format": 1} | asdict(self.card)

    def seal(self, key: Ed25519PrivateKey = DEVICE, **changes: Any) -> dict[str, Any]:
        fragments = [one.entry for data in self.indexes.values() for one in of_entries(data)]
        count = sum(isinstance(entry, FragmentEntry) for entry in fragments)
        thumbprint = changes.pop("key_name", thumbprint_of(jwk_of(key.public_key())))
        seal = Seal(
            FORM, self.id, len(self.indexes), count, self.end["chain"], "", START_US + 9_000_000, thumbprint, ED25519
        )
        seal = Seal(**(asdict(seal) | changes))
        return asdict(seal) | {"signature": signature_of(seal, key)}

    def end_json(self, **changes: Any) -> dict[str, Any]:
        return {"end": self.end, "seal": self.seal(**changes)}

    def write(self, folder: Path) -> Path:
        """As the device has it: master/ID/."""
        place = folder / self.id
        place.mkdir(parents=True)
        (place / "recording.json").write_text(json.dumps(self.card_json()))
        for number, data in self.indexes.items():
            (place / index_name(number)).write_bytes(data)
            (place / f"{number:06}.sealed").write_bytes(self.sealed[number])
        (place / "closed.json").write_text(json.dumps(self.end))
        (place / "seal.json").write_text(json.dumps(self.seal()))
        return place


def make_master(
    folder: Path, server: X25519PublicKey, identity: str = MASTER, source: str = "T1301", seconds: float = 4
) -> Master:
    """A few segments of two seconds."""
    harness = Harness(
        folder,
        recorder=RecorderLimits(segment_us=2_000_000),
        pool=PoolLimits(),
        identity=identity,
        layers=(Layer.MAIN,),
    )
    card = Card(
        identity, "stream-1", source, "13", START_US, origin=Origin.TERMINAL.value, device_key=DEVICE_KEY
    )  # fmt: skip
    object.__setattr__(harness.card, "source", source)
    harness.take(frames(seconds, gop=25)).close(START_US + int(seconds * 1_000_000), "stopped by the officer")
    place = folder / folder_of(harness.card)
    end = read_end(place / "closed.json")
    assert end is not None
    master = Master(card, asdict(end))
    for number in segment_numbers(place):
        master.plain[number] = (place / media_name(number)).read_bytes()
        master.indexes[number] = (place / index_name(number)).read_bytes()
        master.sealed[number] = sealed(identity, number, master.indexes[number], master.plain[number], server)
    assert len(master.indexes) >= 2
    return master
