"""The self-signed certificate of a node, and the comparing of fingerprints (RFC 8122, RFC 8827 6.5)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch_server.kit.errors import RemoteFault
from dispatch_server.media.abilities import Fingerprint

LONGEST_LIFE_DAYS = 30
_SKEW_DAYS = 1  # devices whose clock is behind accept it too
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# sha-1 and md5 are not supported: whoever offers only these is refused.
_DIGESTS = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnusableFingerprints(RemoteFault):
    """The description names no fingerprint that we can check, so the other end would stay unknown."""

    def __init__(self) -> None:
        super().__init__("unusable_fingerprints", "A sha-256, sha-384 or sha-512 fingerprint is required.")


@dataclass(frozen=True, slots=True)
class NodeCertificate:
    """A P-256 key and the certificate over it. One a node; made anew before `expires_utc_us`."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    fingerprint: Fingerprint
    expires_utc_us: int


def make_certificate(
    random: Callable[[int], bytes], utc_us: int, life_days: int = LONGEST_LIFE_DAYS
) -> NodeCertificate:
    """
    A new key and certificate; the same bytes and time give the same pair.

    The life counts from one day before `utc_us`, and is never longer than 30 days.
    """
    # 48 bytes make the bias of the remainder negligible (FIPS 186-5 A.2.1).
    key = ec.derive_private_key(int.from_bytes(random(48), "big") % (_P256_ORDER - 1) + 1, ec.SECP256R1())
    begin = _EPOCH + timedelta(microseconds=utc_us, days=-_SKEW_DAYS)
    end = begin + timedelta(days=min(life_days, LONGEST_LIFE_DAYS))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, random(8).hex())])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(random(16), "big") | 1)
        .not_valid_before(begin)
        .not_valid_after(end)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )
    der = certificate.public_bytes(serialization.Encoding.DER)
    expires_utc_us = (end - _EPOCH) // timedelta(microseconds=1)
    return NodeCertificate(key, certificate, fingerprint_of(der), expires_utc_us)


def fingerprint_of(der: bytes, algorithm: str = "sha-256") -> Fingerprint:
    """The fingerprint of a certificate as a description shows it."""
    return Fingerprint(algorithm, _DIGESTS[algorithm](der).digest().hex(":").upper())


def require_usable(fingerprints: Sequence[Fingerprint]) -> None:
    """Refuse a description without a fingerprint that can be checked (W5: empty, or sha-1 alone)."""
    if not any(fingerprint.algorithm.lower() in _DIGESTS for fingerprint in fingerprints):
        raise UnusableFingerprints


def matches(der: bytes, fingerprints: Sequence[Fingerprint]) -> bool:
    """True when at least one supported digest is given and all supported ones are this certificate's."""
    supported = [one for one in fingerprints if one.algorithm.lower() in _DIGESTS]
    verdict = bool(supported)
    for one in supported:
        own = fingerprint_of(der, one.algorithm.lower()).digest
        verdict &= compare_digest(own.encode("ascii"), one.digest.upper().encode("utf-8", "replace"))
    return verdict
