"""The footage key (X25519): what terminals seal their masters to, and what opens them here."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dispatch_server.archive.uploads.ports import EvidenceKeyPort
from dispatch_server.protocol.masters import CHANGES_AT_MOST, FootageKey, KeyChange, signed_part
from dispatch_server.protocol.terminal import PublicJwk

FILE = "footage_key"
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class FootageKeys:
    """Lives in the folder of keys, which the escrow seals whole: without it no upload can be opened."""

    private: X25519PrivateKey = field(repr=False)
    changes: tuple[KeyChange, ...] = ()  # the record of evidence keys, oldest first

    @classmethod
    def of(cls, kept: bytes, changes: tuple[KeyChange, ...] = ()) -> "FootageKeys":
        """From the file's 32 bytes."""
        return cls(X25519PrivateKey.from_private_bytes(kept), changes)

    @property
    def public_key(self) -> str:
        """base64url."""
        return urlsafe_b64encode(self.private.public_key().public_bytes_raw()).decode().rstrip("=")

    @property
    def thumbprint(self) -> str:
        return thumbprint_of({"kty": "OKP", "crv": "X25519", "x": self.public_key})

    def given(self, evidence: EvidenceKeyPort) -> FootageKey:
        """As a terminal is given it, vouched for by the evidence key."""
        key = FootageKey(
            key_id=self.thumbprint,
            public_key=self.public_key,
            evidence_key=PublicJwk.model_validate(dict(evidence.jwk)),
            evidence_key_id=evidence.thumbprint,
            signature="0" * 128,
            changes=list(self.changes[-CHANGES_AT_MOST:]),
        )
        return key.model_copy(update={"signature": evidence.sign(signed_part(key)).hex()})


def thumbprint_of(jwk: Mapping[str, str]) -> str:
    """RFC 7638, RFC 8037 section 2: of the members that are required, in their order."""
    plain = json.dumps({name: jwk[name] for name in sorted(jwk)}, separators=(",", ":")).encode()
    return urlsafe_b64encode(hashlib.sha256(plain).digest()).decode().rstrip("=")
