"""The server's keys as this device knows them: pinned at first sight, exchanged only when the pinned one vouches."""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.masters import FootageKey, KeyChange, is_signed
from dispatch_server.protocol.terminal import PublicJwk
from terminals.master.disk import Disk

PINNED = "server-keys.json"
LIMIT_BYTES = 65_536


class ServerKeysWrong(LocalFault):
    """Footage is not sealed to them, and no receipt of theirs counts."""

    def __init__(self, sentence: str) -> None:
        super().__init__("server_keys_wrong", sentence)


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """`vouching`: the evidence key and those before it that led to it, by thumbprint; receipts of all of them count."""

    said: FootageKey
    footage: X25519PublicKey
    vouching: Mapping[str, Ed25519PublicKey]

    @property
    def evidence(self) -> Ed25519PublicKey:
        return self.vouching[self.said.evidence_key_id]


def read_keys(said: FootageKey) -> ServerKeys:
    """Raises ServerKeysWrong for keys that are none, or whose footage key the evidence key did not sign."""
    try:
        footage = X25519PublicKey.from_public_bytes(_bytes_of(said.public_key))
    except ValueError as error:
        raise ServerKeysWrong(f"the server's keys are none: {error}") from None
    evidence = _evidence_of(said.evidence_key, said.evidence_key_id)
    if not is_signed(said, evidence):
        raise ServerKeysWrong("the server's footage key is not signed by its evidence key")
    return ServerKeys(said, footage, _vouching(said, evidence))


def _evidence_of(said: PublicJwk, thumbprint: str) -> Ed25519PublicKey:
    try:
        jwk = OKPKey.import_key(said.model_dump(exclude_none=True))
    except (ValueError, JoseError) as error:
        raise ServerKeysWrong(f"the server's keys are none: {error}") from None
    evidence = jwk.public_key
    if not isinstance(evidence, Ed25519PublicKey) or jwk.thumbprint() != thumbprint:
        raise ServerKeysWrong("the server's evidence key is not the one that it names")
    return evidence


def _vouching(said: FootageKey, evidence: Ed25519PublicKey) -> dict[str, Ed25519PublicKey]:
    """Back from the present key: each was introduced by the one before it, whose signature is looked at."""
    lines = {line.thumbprint: line for line in said.changes}
    found, at = {said.evidence_key_id: evidence}, lines.get(said.evidence_key_id)
    while at is not None and at.signed_by not in found and at.signed_by in lines:
        before = lines[at.signed_by]
        key = _evidence_of(before.jwk, before.thumbprint)
        if _evidence_of(at.jwk, at.thumbprint).public_bytes_raw() != found[at.thumbprint].public_bytes_raw():
            raise ServerKeysWrong("the server's record of evidence keys is of another key")
        if not is_signed(at, key):
            raise ServerKeysWrong("an evidence key of the server is not signed by the one before it")
        found[before.thumbprint], at = key, before
    return found


def pinned(root: Path) -> ServerKeys | None:
    """None before the first sight. Raises ServerKeysWrong for a file that is spoilt."""
    try:
        with (root / PINNED).open("rb") as file:
            return read_keys(FootageKey.model_validate_json(file.read(LIMIT_BYTES)))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise ServerKeysWrong(f"{root / PINNED} cannot be read: {error}") from None


def pin(root: Path, said: FootageKey, disk: Disk) -> ServerKeys:
    """What holds from now on. Raises ServerKeysWrong when these keys do not follow from the pinned ones; OSError."""
    known = pinned(root)
    said = said if known is None else _following(known.said, said)
    new = read_keys(said)
    if known is not None:
        if (known.said.key_id, known.said.evidence_key_id) == (said.key_id, said.evidence_key_id):
            return known
        before = new.vouching.get(known.said.evidence_key_id)
        if before is None or before.public_bytes_raw() != known.evidence.public_bytes_raw():
            raise ServerKeysWrong("the server shows keys that the one this device knows does not vouch for")
    disk.make_folder(root)
    disk.write_whole(root / PINNED, said.model_dump_json(indent=1).encode() + b"\n")
    return new


def _following(known: FootageKey, said: FootageKey) -> FootageKey:
    """
    With what leads from the pinned key to the present one alone. A key is vouched for by the one before it and not by
    the one after it: whoever adds another before the pinned one would have his receipts believed.
    """
    before, lines = {line.thumbprint for line in known.changes}, {line.thumbprint: line for line in said.changes}
    way: list[KeyChange] = []
    at = lines.get(said.evidence_key_id)
    while at is not None and at.thumbprint not in before and at not in way:
        way.insert(0, at)
        at = lines.get(at.signed_by) if at.thumbprint != known.evidence_key_id else None
    return said.model_copy(update={"changes": [*known.changes, *way]})


def _bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
