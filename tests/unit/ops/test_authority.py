"""The authority vouches for what it was made for, and for nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch_server.ops.authority import (
    NameRefused,
    fingerprint,
    names_in,
    names_of,
    new_authority,
    new_server_certificate,
    refuse_names_outside,
)

NOW = datetime(2026, 11, 25, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = names_of(["dispatch.example", "203.0.113.7"])
AUTHORITY = new_authority(KEY, NAMES, NOW)


def certificate(*words: str, now: datetime = NOW) -> x509.Certificate:
    return new_server_certificate(AUTHORITY, KEY, KEY.public_key(), names_of(words), now)


def test_names_and_addresses_are_told_apart_and_kept_once() -> None:
    names = names_of(["Dispatch.Example.", "10.0.0.1", "dispatch.example", "0.0.0.0", "::1"])
    assert names.words() == ["dispatch.example", "localhost", "10.0.0.1", "::1", "127.0.0.1"]


@pytest.mark.parametrize("word", ["", "a b", "*.example", "-a.example", "a..b", "http://a", "a" * 64, "é.example"])
def test_what_is_no_name(word: str) -> None:
    with pytest.raises(NameRefused):
        names_of([word])


def test_life_and_uses() -> None:
    made = certificate("dispatch.example")
    assert made.not_valid_after_utc == NOW + timedelta(days=365)
    assert made.not_valid_before_utc < NOW
    assert AUTHORITY.not_valid_after_utc == NOW + timedelta(days=3650)
    assert AUTHORITY.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert names_in(made).words() == ["dispatch.example", "localhost", "127.0.0.1", "::1"]
    assert len(fingerprint(made)) == 95


@pytest.mark.parametrize("word", ["sub.dispatch.example", "10.200.0.9", "192.168.3.4", "203.0.113.7", "fd00::1"])
def test_what_it_may_vouch_for(word: str) -> None:
    certificate(word)


@pytest.mark.parametrize("word", ["bank.example", "notdispatch.example", "203.0.113.8", "2001:db8::1"])
def test_what_it_may_not(word: str) -> None:
    with pytest.raises(NameRefused, match="--replace"):
        refuse_names_outside(AUTHORITY, names_of([word]))
    with pytest.raises(NameRefused):
        certificate(word)


def test_no_certificate_outlives_its_authority() -> None:
    late = NOW + timedelta(days=3600)
    assert certificate("localhost", now=late).not_valid_after_utc <= AUTHORITY.not_valid_after_utc
    with pytest.raises(NameRefused, match="ends"):
        certificate("localhost", now=NOW + timedelta(days=3650))
