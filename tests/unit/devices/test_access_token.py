"""Access tokens: read back by their maker alone, while they hold."""

import pytest

from dispatch_server.devices.access_token import AccessTokens, Bearer, signing_key
from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.redact import Secret

SEED = Secret("11" * 32)
SECOND_US = 1_000_000


def test_a_token_says_who_and_by_which_key_until_its_end() -> None:
    tokens = AccessTokens(signing_key(SEED), "https://a.example", 900)
    token = tokens.issue("T1301", "key-1", "13", 1000 * SECOND_US, "j" * 20)
    assert tokens.read(token, 1899 * SECOND_US) == Bearer("T1301", "key-1")
    assert tokens.read(token, 1900 * SECOND_US) is None
    assert len(token) < 1000


def test_another_name_or_key_reads_nothing() -> None:
    token = AccessTokens(signing_key(SEED), "https://a.example", 900).issue("T1301", "k", "13", 0, "j" * 20)
    assert AccessTokens(signing_key(SEED), "https://b.example", 900).read(token, 1) is None
    assert AccessTokens(signing_key(Secret("22" * 32)), "https://a.example", 900).read(token, 1) is None


def test_without_a_key_there_is_nothing_to_sign_with() -> None:
    with pytest.raises(LocalFault):
        AccessTokens(None, "https://a.example", 900).issue("T1301", "k", "13", 0, "j" * 20)
