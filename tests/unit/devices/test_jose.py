"""Keys and tokens are read narrowly; RFC 8037's and RFC 7638's examples are read as they say."""

import pytest

from dispatch_server.devices.jose import LONGEST_TOKEN, peek, read_public_key, whole_number
from dispatch_server.devices.refusals import KeyUnusable

# RFC 8037 appendix A.2 and A.3.
EXAMPLE = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    key = read_public_key(EXAMPLE)
    assert (key.thumbprint, key.algorithm) == (THUMBPRINT, "Ed25519")
    assert read_public_key(dict(reversed(EXAMPLE.items()))).jwk == key.jwk


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "OKP"},
        {**EXAMPLE, "d": "x"},
        {**EXAMPLE, "kid": "x"},
        {**EXAMPLE, "crv": "X25519"},
        {**EXAMPLE, "x": 7},
        {**EXAMPLE, "x": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "B" * 42 + "A"},
        {"kty": "EC", "crv": "P-521", "x": "A" * 43, "y": "A" * 43},
        {"kty": "oct", "k": "AA"},
        {"kty": ["OKP"]},
    ],
)
def test_other_keys_are_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(KeyUnusable):
        read_public_key(jwk)


@pytest.mark.parametrize(
    "token",
    ["", "a", "a.b", "a.b.c.d", "..", "e30.e30.", "e30.e30.x\n", "é.e30.x", "W10.e30.x", "e30.W10.x", "A" * 5000],
)
def test_what_is_no_token_is_none(token: str) -> None:
    assert peek(token) is None


def test_a_token_is_read_before_anybody_believes_it() -> None:
    found = peek("eyJhIjoxfQ.e30.x")
    assert found is not None and (found.header, found.content) == ({"a": 1}, {})
    assert LONGEST_TOKEN >= 1000


@pytest.mark.parametrize(
    ("value", "read"),
    [(5, 5), (0, 0), (True, None), (5.0, None), ("5", None), (-1, None), (None, None), (1 << 60, None)],
)
def test_a_date_is_a_whole_number(value: object, read: int | None) -> None:
    assert whole_number(value) == read
