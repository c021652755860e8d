"""Every evidence key that this node ever had: each new one signed by the one before, so that old seals stay proved."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dispatch_server.archive.seals.evidence_key import KEY_NAME, EvidenceKey
from dispatch_server.archive.seals.public_keys import read_jwk
from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import PublicKey
from dispatch_server.runtime.files import create_whole, replace_whole
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.world import World

RECORD = "evidence_keys.jsonl"
NEXT = KEY_NAME + ".next"
FORM = "dispatch.evidence-key.v1"
_LARGEST_BYTES = 1 << 20


class KeyRecordWrong(LocalFault):
    """The key, or the record of the keys before it, is not what this node left."""

    def __init__(self, sentence: str) -> None:
        super().__init__("evidence_key_wrong", sentence)


@dataclass(frozen=True, slots=True)
class KnownKey:
    jwk: Mapping[str, str]
    thumbprint: str
    since_utc_us: int
    signed_by: str  # thumbprint of the key before it; its own for the first
    signature: str  # hex

    def content(self) -> bytes:
        plain = {
            "form": FORM,
            "jwk": dict(self.jwk),
            "signed_by": self.signed_by,
            "since_utc_us": self.since_utc_us,
            "thumbprint": self.thumbprint,
        }
        return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()

    def line(self) -> bytes:
        return self.content()[:-1] + b',"signature":"%b"}\n' % self.signature.encode()


def introduced(key: EvidenceKey, by: EvidenceKey, utc_us: int) -> KnownKey:
    bare = KnownKey(key.jwk, key.thumbprint, utc_us, by.thumbprint, "")
    return KnownKey(bare.jwk, bare.thumbprint, utc_us, by.thumbprint, by.sign(bare.content()).hex())


def read_record(data: bytes) -> list[KnownKey]:
    """Oldest first; each is signed by the one before. Raises KeyRecordWrong."""
    known: list[KnownKey] = []
    keys: dict[str, PublicKey] = {}
    for number, line in enumerate(data.splitlines(), 1):
        try:
            plain = json.loads(line)
            found = KnownKey(
                plain["jwk"], plain["thumbprint"], plain["since_utc_us"], plain["signed_by"], plain["signature"]
            )
            thumbprint, public = read_jwk(found.jwk)
            if thumbprint != found.thumbprint or found.line() != line + b"\n":
                raise ValueError("it is not written as we write it")
            keys[thumbprint] = public
            if found.signed_by != (known[-1].thumbprint if known else thumbprint):
                raise ValueError("it is not signed by the key before it")
            signer = keys[found.signed_by]
            if not isinstance(signer, Ed25519PublicKey):
                raise ValueError("an evidence key is Ed25519")
            signature = bytes.fromhex(found.signature)
            if signature.hex() != found.signature:
                raise ValueError("it is not written as we write it")
            signer.verify(signature, found.content())
        except (ValueError, KeyError, TypeError, RecursionError, MalformedFootage, InvalidSignature) as error:
            raise KeyRecordWrong(f"{RECORD}, line {number}: {error or 'its signature is not good'}") from None
        known.append(found)
    if not known:
        raise KeyRecordWrong(f"{RECORD} is empty")
    return known


class EvidenceKeys:
    """
    The node's present key as others take it (`thumbprint`, `jwk`, `sign`), and all public ones.

    `open` comes after the key ring's; before it there is no key.
    """

    def __init__(self, ring: KeyRing, world: World) -> None:
        self._ring, self._world = ring, world
        self._key: EvidenceKey | None = None
        self.known: list[KnownKey] = []
        self.public: dict[str, PublicKey] = {}

    def open(self) -> None:
        """Raises KeyRecordWrong: a seal by a key that nobody can look up proves nothing."""
        self._finish()
        key = EvidenceKey.of(self._ring.bytes_of(KEY_NAME, lambda: self._world.chance(32)))
        first = introduced(key, key, self._world.utc_us())
        self.known = read_record(self._ring.bytes_of(RECORD, first.line))
        if self.known[-1].thumbprint != key.thumbprint:
            sentence = f"{self._ring.folder / KEY_NAME} is not the newest key of {RECORD}."
            raise KeyRecordWrong(f"{sentence} Cure: put both back as they were sealed (dispatch-server keys restore)")
        self._key = key
        self.public = dict(read_jwk(one.jwk) for one in self.known)

    def roll_over(self) -> EvidenceKey:
        """
        A new key; the old public one stays on record. Not while the server runs.

        The new key is put aside first, then on record, then in the old one's place: a stop in between is finished or
        taken back by the next `open`.
        """
        old, new = self.present, EvidenceKey.of(raw := self._world.chance(32))
        folder = self._ring.folder
        create_whole(folder / NEXT, [raw], f".{self._world.chance(8).hex()}")
        lines = [one.line() for one in (*self.known, introduced(new, old, self._world.utc_us()))]
        replace_whole(folder / RECORD, b"".join(lines), f".{self._world.chance(8).hex()}")
        self.open()
        return self.present

    def _finish(self) -> None:
        """A roll-over that was stopped: after its line is on record it goes forward, before that it goes back."""
        folder = self._ring.folder
        if not (folder / NEXT).exists():
            return
        raw = (folder / NEXT).read_bytes()
        with (folder / RECORD).open("rb") as file:
            newest = read_record(file.read(_LARGEST_BYTES))[-1]
        if newest.thumbprint == EvidenceKey.of(raw).thumbprint:
            replace_whole(folder / KEY_NAME, raw, f".{self._world.chance(8).hex()}")
        with suppress(FileNotFoundError):
            (folder / NEXT).unlink()

    @property
    def present(self) -> EvidenceKey:
        if self._key is None:
            raise KeyRecordWrong("the evidence key is not open yet")
        return self._key

    @property
    def thumbprint(self) -> str:
        return self.present.thumbprint

    @property
    def jwk(self) -> dict[str, str]:
        return self.present.jwk

    def sign(self, data: bytes) -> bytes:
        return self.present.sign(data)

    def jwks(self) -> list[dict[str, Any]]:
        """All public keys, oldest first, each with its name (RFC 7517)."""
        return [{**one.jwk, "kid": one.thumbprint} for one in self.known]


def keys_on_record(folder: Path) -> dict[str, PublicKey]:
    """Of a data folder's record, for who has only the files. Raises OSError, KeyRecordWrong."""
    with (folder / RECORD).open("rb") as file:
        return dict(read_jwk(one.jwk) for one in read_record(file.read(_LARGEST_BYTES)))
