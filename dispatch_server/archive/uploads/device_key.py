"""The public key of the device that sealed a master, as it lies beside it: whoever verifies needs no server (pure)."""

import json
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dispatch_server.protocol.seals import PublicKey

FILE = "device_key.json"
COORDINATE_BYTES = 32


def write_device_key(key: PublicKey) -> bytes:
    """A JWK of the members that its RFC 7638 thumbprint is over (RFC 8037 2; RFC 7518 6.2.1), laid out as a card."""
    if isinstance(key, Ed25519PublicKey):
        plain = {"crv": "Ed25519", "kty": "OKP", "x": _text(key.public_bytes_raw())}
    else:
        point = key.public_numbers()
        x, y = (_text(one.to_bytes(COORDINATE_BYTES, "big")) for one in (point.x, point.y))
        plain = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
