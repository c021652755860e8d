"""Keys are read from a JWK, a set, or lines; what is none is refused."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from dispatch_server.archive.seals.evidence_key import write_base64url
from dispatch_server.archive.seals.public_keys import read_jwk, read_keys
from dispatch_server.protocol.footage import MalformedFootage
from tests.unit.archive.seals.made import KEY, OTHER_KEY

NUMBERS = generate_private_key(SECP256R1()).public_key().public_numbers()
P256 = {
    "kty": "EC",
    "crv": "P-256",
    "x": write_base64url(NUMBERS.x.to_bytes(32, "big")),
    "y": write_base64url(NUMBERS.y.to_bytes(32, "big")),
}


def test_a_device_key_has_the_thumbprint_that_enrolment_gives_it() -> None:
    from dispatch_server.devices.jose import read_public_key

    assert read_jwk(P256)[0] == read_public_key(P256).thumbprint
    assert read_jwk(KEY.jwk)[0] == KEY.thumbprint == read_public_key(KEY.jwk).thumbprint


@pytest.mark.parametrize("use", [{"keys": [KEY.jwk, OTHER_KEY.jwk]}, [KEY.jwk, {**OTHER_KEY.jwk, "kid": "x"}]])
def test_a_set_holds_several(use: object) -> None:
    data = json.dumps(use).encode() if isinstance(use, dict) else b"\n".join(json.dumps(one).encode() for one in use)  # type: ignore[attr-defined]
    assert set(read_keys(data)) == {KEY.thumbprint, OTHER_KEY.thumbprint}


def test_a_line_may_hold_its_key_in_jwk() -> None:
    assert set(read_keys(json.dumps({"jwk": KEY.jwk, "since": 1}).encode())) == {KEY.thumbprint}


@pytest.mark.parametrize(
    "data",
    [b"x", b"[1]", b"1", b'{"kty":"RSA"}', b'{"kty":"OKP","crv":"Ed25519","x":"AA"}', b'{"kty":"EC","crv":"Ed25519"}',
     json.dumps({**P256, "y": P256["x"]}).encode(), b'{"kty":"OKP","crv":"Ed25519"}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFootage):
        read_keys(data)
