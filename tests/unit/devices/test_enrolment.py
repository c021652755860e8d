"""Codes: their strength, how they are read, what is kept of them."""

import random
from collections import Counter

import pytest

from dispatch_server.devices.enrolment import (
    ALPHABET,
    SECRET_LENGTH,
    Code,
    KeptCode,
    enrolment_uri,
    new_code,
    read_code,
)


def test_the_secret_part_has_fifty_random_bits() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert SECRET_LENGTH * 5 >= 50
    entropy = random.Random(1).randbytes
    counts = Counter("".join(new_code(entropy).text for _ in range(4000)))
    assert set(counts) == set(ALPHABET)
    assert max(counts.values()) / min(counts.values()) < 1.25


@pytest.mark.parametrize(
    "typed",
    ["7K4M-2PQR-8STV", "7k4m2pqr8stv", " 7K4M 2PQR 8STV ", "7K4M\u20132PQR\u20148STV", "7K-4M2P-QR8S-TV"],
)
def test_what_people_type_is_read(typed: str) -> None:
    assert read_code(typed) == Code("7K4M2PQR8STV")


def test_misread_letters_are_taken_for_digits() -> None:
    assert read_code("OIL0-1oil-0000") == Code("011010110000")


@pytest.mark.parametrize(
    "typed", ["", "7K4M-2PQR-8ST", "7K4M-2PQR-8STVX", "7K4M-2PQR-8STU", "é" * 12, "0" * 500, "\x00" * 12]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_it_is_shown_in_groups_and_read_back() -> None:
    code = new_code(random.Random(2).randbytes)
    assert read_code(code.shown()) == code
    assert [len(group) for group in code.shown().split("-")] == [4, 4, 4]


def test_a_kept_code_is_open_until_used_old_or_tried_too_often() -> None:
    code, other = (new_code(random.Random(seed).randbytes) for seed in (3, 4))
    kept = KeptCode(code.locator, code.digest, "T1301", 0, 600, "desk")
    assert kept.fits(code) and not kept.fits(other)
    assert kept.open(599, 5) and not kept.open(600, 5)
    assert not KeptCode(code.locator, code.digest, "T1301", 0, 600, "desk", tries=5).open(1, 5)
    assert not KeptCode(code.locator, code.digest, "T1301", 0, 600, "desk", used_utc_us=1).open(2, 5)
    assert code.text not in repr(kept)


def test_the_uri_names_server_code_and_authority() -> None:
    uri = enrolment_uri("https://zhifa.example:8443", Code("7K4M2PQR8STV"), "sha-256 AB:CD")
    assert uri == "dispatch-enrol:?server=https%3A%2F%2Fzhifa.example%3A8443&code=7K4M-2PQR-8STV&ca=sha-256+AB%3ACD"
