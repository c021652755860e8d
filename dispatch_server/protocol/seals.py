"""What closes a recording: the head of its chain, signed by whoever kept it (pure)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from dispatch_server.protocol.footage import MalformedFootage

FORM = "dispatch.recording.seal.v1"
ED25519, ES256 = "Ed25519", "ES256"  # RFC 9864, RFC 7518 3.4
DEVICE = "terminal"  # `origin` of a card
_HALF_BYTES = 32
SEAL_LIMIT_BYTES = 16_384
PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class Seal:
    """`chain` is the last line's of the last segment; `sm3` the head of the same chain made with SM3, or empty."""

    form: str
    recording: str
    segments: int
    fragments: int
    chain: str  # hex
    sm3: str  # hex (GB/T 32905-2016)
    sealed_utc_us: int
    key: str  # RFC 7638 thumbprint
    algorithm: str
    signature: str = ""  # hex; 64 bytes with either algorithm (RFC 8032; RFC 7518 3.4)
    card: str = ""  # `card_digest` of recording.json; empty: the seal says nothing of it
    end: str = ""  # `content_digest` of closed.json; empty likewise


def signed_part(seal: Seal) -> bytes:
    """What the signature is over: JSON with sorted keys, no spaces, integers and text only (as RFC 8785)."""
    plain = asdict(seal)
    del plain["signature"]
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def content_digest(plain: Mapping[str, object]) -> str:
    """SHA-256, hex, of what a JSON object says: sorted keys, no spaces (as RFC 8785), however its file is laid out."""
    data = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(data).hexdigest()


def card_digest(card: Mapping[str, object]) -> str:
    """
    `content_digest` of a `recording.json`. The department of a terminal's master is the register's word, which the
    server writes into it: the device that seals it says nothing of that.
    """
    return content_digest({**card, "department": ""} if card.get("origin") == DEVICE else card)


def signature_of(seal: Seal, key: PrivateKey) -> str:
    data = signed_part(seal)
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data).hex()
    first, second = decode_dss_signature(key.sign(data, ECDSA(SHA256())))
    return (first.to_bytes(_HALF_BYTES, "big") + second.to_bytes(_HALF_BYTES, "big")).hex()


def is_signed(seal: Seal, key: PublicKey) -> bool:
    """Whether this key signed it, by the one algorithm that such a key has (RFC 8725 3.1)."""
    try:
        signature, data = bytes.fromhex(seal.signature), signed_part(seal)
        if len(signature) != 2 * _HALF_BYTES or signature.hex() != seal.signature:
            return False
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, data)
            return seal.algorithm == ED25519
        if not isinstance(key.curve, SECP256R1):
            return False
        halves = (int.from_bytes(half, "big") for half in (signature[:_HALF_BYTES], signature[_HALF_BYTES:]))
        key.verify(encode_dss_signature(*halves), data, ECDSA(SHA256()))
        return seal.algorithm == ES256
    except (InvalidSignature, ValueError):
        return False


def write_seal(seal: Seal) -> bytes:
    return json.dumps(asdict(seal), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def read_seal(data: bytes) -> Seal:
    """Raises MalformedFootage."""
    try:
        plain = json.loads(data) if len(data) <= SEAL_LIMIT_BYTES else None
    except (ValueError, RecursionError) as error:
        raise MalformedFootage("the seal is not JSON") from error
    wanted = {field.name: field.type for field in fields(Seal)}
    if not isinstance(plain, dict) or plain.keys() != wanted.keys():
        raise MalformedFootage("the seal has not its fields")
    if any(type(plain[name]) is not kind for name, kind in wanted.items()) or plain["form"] != FORM:
        raise MalformedFootage("the seal is of another form")
    return Seal(**plain)
