"""The node's certificate lives 30 days at most, and a fingerprint matches exactly or not at all."""

import hashlib
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.certificate import (
    UnusableFingerprints,
    fingerprint_of,
    make_certificate,
    matches,
    require_usable,
)

UTC_US = 1_790_000_000_000_000
NODE = make_certificate(Random(1).randbytes, UTC_US)
DER = NODE.certificate.public_bytes(serialization.Encoding.DER)
RIGHT = fingerprint_of(DER)
STRONG = fingerprint_of(DER, "sha-512")
WRONG = Fingerprint("sha-256", fingerprint_of(b"another").digest)
OLD = Fingerprint("sha-1", hashlib.sha1(DER, usedforsecurity=False).digest().hex(":").upper())


def test_it_is_self_signed_over_p256() -> None:
    certificate = NODE.certificate
    assert isinstance(NODE.key.curve, ec.SECP256R1)
    assert certificate.subject == certificate.issuer
    NODE.key.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))


def test_it_lives_thirty_days_at_most_and_is_valid_now() -> None:
    certificate, now = NODE.certificate, datetime.fromtimestamp(UTC_US / 1e6, UTC)
    assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=30)
    assert NODE.expires_utc_us == int(certificate.not_valid_after_utc.timestamp() * 1e6)
    greedy = make_certificate(Random(1).randbytes, UTC_US, life_days=4000).certificate
    assert greedy.not_valid_after_utc - greedy.not_valid_before_utc == timedelta(days=30)


def test_the_same_bytes_and_time_make_the_same_certificate() -> None:
    assert make_certificate(Random(1).randbytes, UTC_US).fingerprint == NODE.fingerprint
    assert make_certificate(Random(2).randbytes, UTC_US).fingerprint != NODE.fingerprint


def test_the_fingerprint_is_written_as_descriptions_write_it() -> None:
    assert NODE.fingerprint == RIGHT
    assert RIGHT.algorithm == "sha-256"
    assert len(RIGHT.digest) == 95 and RIGHT.digest == RIGHT.digest.upper()


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ([RIGHT], True),
        ([STRONG], True),
        ([RIGHT, STRONG], True),
        ([OLD, RIGHT], True),  # an unsupported digest beside a right one says nothing
        ([Fingerprint("SHA-256", RIGHT.digest.lower())], True),
        ([WRONG], False),
        ([RIGHT, WRONG], False),
        ([WRONG, STRONG], False),
        ([Fingerprint("sha-512", RIGHT.digest)], False),
        ([Fingerprint("sha-256", "")], False),
        ([Fingerprint("sha-256", RIGHT.digest + "é\ud800")], False),
        ([OLD], False),
        ([], False),
    ],
)
def test_all_supported_digests_must_match_and_one_must_be_there(told: list[Fingerprint], verdict: bool) -> None:
    assert matches(DER, told) is verdict


@pytest.mark.parametrize("told", [[], [OLD], [Fingerprint("md5", "00")]])
def test_a_description_without_a_usable_one_is_refused(told: list[Fingerprint]) -> None:
    with pytest.raises(UnusableFingerprints, match="sha-256"):
        require_usable(told)


def test_a_usable_one_among_others_is_enough() -> None:
    require_usable([OLD, WRONG])
