"""The footage key: what is sealed to what it gives out, it opens; and the evidence key vouches for it."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive.seals.evidence_key import EvidenceKey
from dispatch_server.archive.uploads.keys import FootageKeys, thumbprint_of
from dispatch_server.protocol.masters import is_signed

KEYS = FootageKeys.of(bytes(range(32)))


def test_it_is_given_with_the_evidence_keys_signature() -> None:
    evidence = EvidenceKey(Ed25519PrivateKey.from_private_bytes(b"e" * 32))
    given = KEYS.given(evidence)
    assert is_signed(given, evidence.public)
    assert given.evidence_key_id == evidence.thumbprint
    assert given.key_id == KEYS.thumbprint == thumbprint_of({"x": KEYS.public_key, "crv": "X25519", "kty": "OKP"})


def test_the_private_half_is_not_shown() -> None:
    assert "private" not in repr(KEYS)
