"""Codes by time, once each; secrets sealed to their person."""

import random

import pytest
from pyotp import TOTP

from dispatch_server.identity.second_factor import STEP_S, Seal, new_recovery_codes, new_secret, step_of, uri_of
from dispatch_server.kit.errors import LocalFault

ENTROPY = random.Random(3).randbytes
# RFC 6238 appendix B, SHA-1, the last six of the eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_vectors_of_the_rfc(seconds: int, code: str) -> None:
    assert step_of(RFC_SECRET, code, seconds * 1_000_000, 0) == seconds // STEP_S


def test_a_step_counts_once_and_none_before_it() -> None:
    secret, now = new_secret(ENTROPY), 1_790_000_000_000_000
    step = now // 1_000_000 // STEP_S
    for difference, counts in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = TOTP(secret).generate_otp(step + difference)
        assert step_of(secret, code, now, 0) == (step + difference if counts else None)
        assert step_of(secret, code, now, step + difference) is None
        assert step_of(secret, code, now, step + 5) is None
    for odd in ("", "12345", "１２３４５６", "\ud800", "000000000"):
        assert step_of(secret, odd, now, 0) is None


def test_an_authenticator_is_told_who_and_where() -> None:
    uri = uri_of(RFC_SECRET, "lin", "执法调度")
    assert uri.startswith("otpauth://totp/") and f"secret={RFC_SECRET}" in uri and "issuer=" in uri


def test_recovery_codes_are_ten_different_ones() -> None:
    codes = new_recovery_codes(ENTROPY)
    assert len(set(codes)) == 10 and {len(code) for code in codes} == {19}


def test_a_seal_opens_for_its_key_and_person_alone() -> None:
    seal = Seal(lambda: bytes(32), ENTROPY)
    sealed = seal.close(RFC_SECRET, "p")
    assert RFC_SECRET.encode() not in sealed
    assert seal.open(sealed, "p") == RFC_SECRET
    for other, person in ((seal, "q"), (Seal(lambda: bytes(31) + b"1", ENTROPY), "p")):
        with pytest.raises(LocalFault):
            other.open(sealed, person)
