"""Public keys as they lie in files: a JWK of the kinds that seal, named by its RFC 7638 thumbprint (pure)."""

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dispatch_server.archive.seals.evidence_key import thumbprint_of
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import PublicKey

_MEMBERS = {"Ed25519": ("crv", "kty", "x"), "P-256": ("crv", "kty", "x", "y")}
_KINDS = {"Ed25519": "OKP", "P-256": "EC"}
_COORDINATE_BYTES = 32


def read_jwk(plain: Mapping[str, object]) -> tuple[str, PublicKey]:
    """Its thumbprint and the key; members beside the required ones are passed over. Raises MalformedFootage."""
    curve = plain.get("crv")
    if not isinstance(curve, str) or plain.get("kty") != _KINDS.get(curve):
        raise MalformedFootage("this is no Ed25519 or P-256 public key")
    required = {name: plain.get(name) for name in _MEMBERS[curve]}
    if not all(isinstance(value, str) for value in required.values()):
        raise MalformedFootage("a member of the public key is missing")
    jwk = {name: str(value) for name, value in required.items()}
    try:
        if curve == "Ed25519":
            return thumbprint_of(jwk), Ed25519PublicKey.from_public_bytes(_bytes_of(jwk["x"]))
        x, y = (int.from_bytes(_bytes_of(jwk[name]), "big") for name in "xy")
        return thumbprint_of(jwk), EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except (ValueError, binascii.Error) as error:
        raise MalformedFootage("the public key cannot be used") from error


def read_keys(data: bytes) -> dict[str, PublicKey]:
    """
    Of a file with public keys: a JWK, a JWK Set (RFC 7517 5), or lines that each are a JWK or hold one in `jwk`.

    Raises MalformedFootage.
    """
    return dict(read_jwk(plain) for plain in _objects(data))


def _objects(data: bytes) -> list[Mapping[str, object]]:
    try:
        try:
            whole = [json.loads(data)]
        except ValueError:
            whole = [json.loads(line) for line in data.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise MalformedFootage("the file of keys is not JSON") from error
    found: list[Mapping[str, object]] = []
    for plain in whole:
        inner = plain.get("keys") or plain.get("jwk") or plain if isinstance(plain, dict) else plain
        found += inner if isinstance(inner, list) else [inner]
    if not all(isinstance(one, dict) for one in found):
        raise MalformedFootage("the file of keys holds something else")
    return found


def _bytes_of(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(data) != _COORDINATE_BYTES:
        raise ValueError("a coordinate has 32 bytes")
    return data
