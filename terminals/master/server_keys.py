"""The server's keys as this device knows them: pinned at first sight, exchanged only when the pinned one vouches."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.masters import FootageKey, is_signed
from terminals.master.disk import Disk

PINNED = "server-keys.json"
LIMIT_BYTES = 65_536


class ServerKeysWrong(LocalFault):
    """Footage is not sealed to them, and no receipt of theirs counts."""

    def __init__(self, sentence: str) -> None:
        super().__init__("server_keys_wrong", sentence)


@dataclass(frozen=True, slots=True)
class ServerKeys:
    said: FootageKey
    footage: X25519PublicKey
    evidence: Ed25519PublicKey


def read_keys(said: FootageKey) -> ServerKeys:
    """Raises ServerKeysWrong for keys that are none, or whose footage key the evidence key did not sign."""
    try:
        footage = X25519PublicKey.from_public_bytes(_bytes_of(said.public_key))
        jwk = OKPKey.import_key(said.evidence_key.model_dump(exclude_none=True))
    except (ValueError, JoseError) as error:
        raise ServerKeysWrong(f"the server's keys are none: {error}") from None
    evidence = jwk.public_key
    if not isinstance(evidence, Ed25519PublicKey) or jwk.thumbprint() != said.evidence_key_id:
        raise ServerKeysWrong("the server's evidence key is not the one that it names")
    if not is_signed(said, evidence):
        raise ServerKeysWrong("the server's footage key is not signed by its evidence key")
    return ServerKeys(said, footage, evidence)


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
    known, new = pinned(root), read_keys(said)
    if known is not None:
        if (known.said.key_id, known.said.evidence_key_id) == (said.key_id, said.evidence_key_id):
            return known
        if not is_signed(said, known.evidence):
            raise ServerKeysWrong("the server shows keys that the one this device knows does not vouch for")
    disk.make_folder(root)
    disk.write_whole(root / PINNED, said.model_dump_json(indent=1).encode() + b"\n")
    return new


def _bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
