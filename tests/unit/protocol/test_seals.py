"""A seal is believed only with the signature of the right key over exactly its words."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import (
    ED25519,
    ES256,
    FORM,
    PrivateKey,
    Seal,
    card_digest,
    content_digest,
    is_signed,
    read_seal,
    signature_of,
    write_seal,
)

BARE = Seal(FORM, "recording-1", 2, 130, "ab" * 32, "", 1_764_000_000_000_000, "thumbprint", ED25519)
OTHER_FORM = write_seal(BARE).replace(b"v1", b"v2")
KEYS = [(Ed25519PrivateKey.generate(), ED25519), (generate_private_key(SECP256R1()), ES256)]


def sealed(key: PrivateKey, algorithm: str) -> Seal:
    bare = replace(BARE, algorithm=algorithm)
    return replace(bare, signature=signature_of(bare, key))


@pytest.mark.parametrize(("key", "algorithm"), KEYS)
def test_written_and_read_it_is_believed(key: PrivateKey, algorithm: str) -> None:
    seal = read_seal(write_seal(sealed(key, algorithm)))
    assert is_signed(seal, key.public_key())


@pytest.mark.parametrize(("key", "algorithm"), KEYS)
@pytest.mark.parametrize(
    "change",
    [{"chain": "ac" * 32}, {"fragments": 131}, {"segments": 1}, {"recording": "recording-2"}, {"sm3": "ab"},
     {"sealed_utc_us": 1}, {"key": "other"}, {"card": "ab" * 32}, {"end": "ab" * 32},
     {"signature": "00" * 64}, {"signature": "zz"}, {"signature": ""}],
)  # fmt: skip
def test_any_change_is_found(key: PrivateKey, algorithm: str, change: dict[str, str | int]) -> None:
    assert not is_signed(replace(sealed(key, algorithm), **change), key.public_key())  # type: ignore[arg-type]


def test_a_signature_is_written_in_one_way() -> None:
    key = Ed25519PrivateKey.generate()
    seal = sealed(key, ED25519)
    assert not is_signed(replace(seal, signature=seal.signature.upper()), key.public_key())
    assert not is_signed(replace(seal, signature=" " + seal.signature), key.public_key())


def test_content_has_one_digest_however_it_is_laid_out() -> None:
    assert content_digest({"b": 1, "a": "市"}) == content_digest({"a": "市", "b": 1})
    assert content_digest({"a": 1}) != content_digest({"a": "1"})


def test_a_device_does_not_vouch_for_the_register_s_word() -> None:
    master = {"id": "r", "origin": "terminal", "department": ""}
    assert card_digest(master) == card_digest({**master, "department": "13"}) == content_digest(master)
    assert card_digest(master) != card_digest({**master, "id": "s"})
    own = {**master, "origin": "server"}
    assert card_digest(own) != card_digest({**own, "department": "13"})


def test_another_key_or_another_algorithm_is_not_believed() -> None:
    (ed25519, _), (p256, _) = KEYS
    assert not is_signed(sealed(ed25519, ED25519), Ed25519PrivateKey.generate().public_key())
    assert not is_signed(sealed(ed25519, ED25519), p256.public_key())
    assert not is_signed(sealed(ed25519, ES256), ed25519.public_key())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 9_000, OTHER_FORM, b"x" * 20_000])
def test_what_is_no_seal_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFootage):
        read_seal(data)
