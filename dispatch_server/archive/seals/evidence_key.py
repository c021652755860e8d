"""The node's evidence key (Ed25519): it signs seals, receipts and packages, and says which key did (pure)."""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dispatch_server.protocol.seals import ED25519

KEY_NAME = "evidence_key"  # in runtime's key ring: the 32 bytes of the private key
ALGORITHM = ED25519


def write_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def jwk_of(public: Ed25519PublicKey) -> dict[str, str]:
    """Its public key as RFC 8037 writes it: only what the thumbprint is over."""
    return {"crv": "Ed25519", "kty": "OKP", "x": write_base64url(public.public_bytes_raw())}


def thumbprint_of(jwk: Mapping[str, str]) -> str:
    """RFC 7638 of a key that holds its required members alone, as `jwk_of` gives it."""
    plain = json.dumps(dict(jwk), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return write_base64url(hashlib.sha256(plain).digest())


class EvidenceKey:
    """`jwk` is public; `sign` gives 64 bytes (RFC 8032)."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self.public = private.public_key()
        self.jwk = jwk_of(self.public)
        self.thumbprint = thumbprint_of(self.jwk)

    @classmethod
    def of(cls, raw: bytes) -> "EvidenceKey":
        """From the 32 bytes of its file. ValueError when it is none."""
        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)
