"""Masters' messages: strict, and what is signed is exactly what is read."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from dispatch_server.archive.seals.evidence_key import EvidenceKey
from dispatch_server.archive.seals.key_record import introduced
from dispatch_server.protocol.masters import (
    FootageKey,
    KeyChange,
    MasterCard,
    MasterEnd,
    Receipt,
    is_signed,
    signed_part,
)
from dispatch_server.protocol.terminal import PublicJwk

MASTER = "01976b3c-0000-7000-8000-000000000001"
THUMBPRINT = "a" * 43
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
RECEIPT = Receipt(
    recording=MASTER, segment=1, bytes=5, digest="0" * 64, chain="1" * 64, utc_us=7, key_id=THUMBPRINT
)  # fmt: skip
CARD = {"id": MASTER, "source": "T1301", "opened_utc_us": 1, "device_key": THUMBPRINT}


def test_a_receipt_is_signed_over_all_that_it_says() -> None:
    signed = RECEIPT.model_copy(update={"signature": KEY.sign(signed_part(RECEIPT)).hex()})
    assert is_signed(signed, KEY.public_key())
    assert not is_signed(signed, OTHER.public_key())
    for changed in ({"segment": 2}, {"bytes": 6}, {"digest": "2" * 64}, {"utc_us": 8}, {"signature": ""}):
        assert not is_signed(signed.model_copy(update=changed), KEY.public_key())


def test_a_footage_key_is_vouched_for_by_the_evidence_key() -> None:
    given = FootageKey(
        key_id=THUMBPRINT,
        public_key="b" * 43,
        evidence_key=PublicJwk(kty="OKP", crv="Ed25519", x="c" * 43),
        evidence_key_id="d" * 43,
        signature="0" * 128,
    )
    given.signature = KEY.sign(signed_part(given)).hex()
    assert is_signed(given, KEY.public_key()) and not is_signed(given, OTHER.public_key())
    given.public_key = "f" * 43
    assert not is_signed(given, KEY.public_key())


def test_a_line_of_the_record_of_keys_is_signed_as_the_record_has_it() -> None:
    key, next_key = EvidenceKey(KEY), EvidenceKey(OTHER)
    line = KeyChange.model_validate_json(introduced(next_key, key, 7).line())
    assert is_signed(line, KEY.public_key()) and not is_signed(line, OTHER.public_key())
    assert not is_signed(line.model_copy(update={"since_utc_us": 8}), KEY.public_key())


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "../../../etc/passwd"},
        {"id": "01976b3c-0000-4000-8000-000000000001"},
        {"source": "1301"},
        {"origin": "server"},
        {"enforcement": "../x"},
        {"device_key": ""},
        {"opened_utc_us": -1},
        {"more": 1},
        {"department": "a\nb"},
    ],
)
def test_a_card_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    MasterCard.model_validate(CARD)
    with pytest.raises(ValidationError):
        MasterCard.model_validate(CARD | wrong)


def test_an_end_wants_its_seal() -> None:
    end = {"closed_utc_us": 1, "reason": "stopped", "fragments": 2, "chain": "0" * 64}
    with pytest.raises(ValidationError):
        MasterEnd.model_validate({"end": end})
