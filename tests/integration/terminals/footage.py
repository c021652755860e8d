"""Frames, keys and folders for tests of masters: real pictures and sound, made once; a server that can open them."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc.jwk import OKPKey

from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.protocol.footage import GENESIS, FragmentEntry, verify_segment
from dispatch_server.protocol.masters import FootageKey, Receipt, signed_part
from dispatch_server.protocol.sealed_footage import HEAD_BYTES, TAG_BYTES, opened
from terminals.device_key import DeviceKey
from terminals.encoder import LayerEncoder, Shape
from terminals.master import folders
from terminals.master.disk import Disk, OwnDisk
from terminals.master.master import Master, Wish
from terminals.master.reserve import Reserve
from terminals.master.server_keys import read_keys
from terminals.master.space import Thresholds
from terminals.master.stewardship import Steward, free_bytes

FPS, KEY_S = 10, 1.0
SILENCE = b"\xf8\xff\xfe"  # Opus, 20 ms
Unit = tuple[Layer, list[bytes], int, bool]


@cache
def units(seconds: int) -> tuple[Unit, ...]:
    """Main, sub and sound of so many seconds, in the order in which a terminal makes them."""
    made: list[tuple[float, int, Unit]] = []
    rng = np.random.default_rng(7)
    for rank, (layer, width, height) in enumerate([(Layer.MAIN, 160, 96), (Layer.SUB, 96, 64)]):
        encoder = LayerEncoder("libx264", Shape(width, height, FPS, 100_000, KEY_S))
        grey = rng.integers(0, 255, (height * 3 // 2, width), np.uint8)
        for number in range(seconds * FPS):
            for unit in encoder.encode(np.roll(grey, number, 1), number * 90_000 // FPS):
                made.append((unit.ticks / 90_000, rank, (layer, unit.nals, unit.ticks, unit.is_key)))
    made += [(n / 50, 2, (Layer.SOUND, [SILENCE], n * 960, True)) for n in range(seconds * 50)]
    return tuple(unit for _, _, unit in sorted(made, key=lambda one: one[:2]))


@dataclass
class ServerSide:
    """Both private keys of a server."""

    footage: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    evidence: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def evidence_jwk(self) -> OKPKey:
        return OKPKey.import_key(_pem(self.evidence))

    def said(self) -> FootageKey:
        raw = self.footage.public_key().public_bytes_raw()
        public = urlsafe_b64encode(raw).rstrip(b"=").decode()
        jwk = self.evidence_jwk
        key = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": public})
        said = FootageKey(
            key_id=key.thumbprint(),
            public_key=public,
            evidence_key=jwk.as_dict(private=False),
            evidence_key_id=jwk.thumbprint(),
            signature="0" * 128,
        )
        return said.model_copy(update={"signature": self.evidence.sign(signed_part(said)).hex()})

    def open(self, folder: Path, number: int) -> bytes:
        """The plain segment file. Raises MalformedFootage for whatever does not open."""
        sealed = (folder / folders.sealed_name(number)).read_bytes()
        return self.open_bytes(folder.name, number, folders.read_index(folder, number), sealed)

    def open_bytes(self, recording: str, number: int, index: bytes, sealed: bytes) -> bytes:
        cipher = opened(recording, number, sealed[:HEAD_BYTES], self.footage)
        verdict = verify_segment(index, None)
        assert verdict.head is not None and verdict.problems == (), verdict.problems
        sizes = [verdict.head.bytes, *(entry.bytes for entry in verdict.fragments())]
        plain, at = [], HEAD_BYTES
        for part, size in enumerate(sizes):
            plain.append(cipher.open(part, sealed[at : at + size + TAG_BYTES]))
            at += size + TAG_BYTES
        return b"".join(plain)

    def receipt(self, recording: str, number: int, index: bytes, plain: bytes, utc_us: int = 1) -> Receipt:
        import hashlib

        chain = verify_segment(index, None).chain
        assert chain is not None
        receipt = Receipt(
            recording=recording, segment=number, bytes=len(plain), digest=hashlib.sha256(plain).hexdigest(),
            chain=chain.hex(), utc_us=utc_us, key_id=self.evidence_jwk.thumbprint(),
        )  # fmt: skip
        return receipt.model_copy(update={"signature": self.evidence.sign(signed_part(receipt)).hex()})


def _pem(key: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def device() -> DeviceKey:
    return DeviceKey.make().placed("T0101", "http://127.0.0.1:1", "test")


def master_in(
    root: Path, server: ServerSide, key: DeviceKey, disk: Disk | None = None, *,
    segment_s: float = 3, limits: Thresholds | None = None, queue_bytes: int = 64 << 20,
) -> Master:  # fmt: skip
    disk = disk or OwnDisk()
    disk.make_folder(root)
    keys = read_keys(server.said())
    steward = Steward(root, disk, limits or Thresholds(0, 0, 0), Reserve(root), lambda: keys.vouching, free_bytes)
    zero_us = 1_700_000_000_000_000
    limits_ = RecorderLimits(segment_us=round(segment_s * 1e6))
    master = Master(root, disk, steward, lambda: key, lambda: (zero_us, 0), limits_, queue_bytes)
    master.server = keys
    return master


def record(master: Master, seconds: int, wish: Wish | None = None) -> None:
    """All of it at once, closed and sealed."""
    master.wish = wish or Wish()
    master.start()
    for layer, nals, ticks, is_key in units(seconds):
        master.take(layer, nals, ticks, is_key)
    master.stop()


def checked(folder: Path, server: ServerSide) -> list[FragmentEntry]:
    """Every announced fragment, after each byte was opened and compared with its digest in the chain."""
    previous, found = GENESIS, []
    for number in folders.segment_numbers(folder):
        plain, index = server.open(folder, number), folders.read_index(folder, number)
        verdict = verify_segment(index, lambda at, size, plain=plain: plain[at : at + size], previous)
        assert verdict.problems == () and verdict.chain is not None, verdict.problems
        previous = verdict.chain
        found += verdict.fragments()
    return found
