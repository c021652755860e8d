"""A device's public key keeps to its own members."""

import pytest
from pydantic import ValidationError

from dispatch_server.protocol.terminal import Heartbeat, PublicJwk


def test_a_key_has_the_members_of_its_kind() -> None:
    assert PublicJwk(kty="OKP", crv="Ed25519", x="a").members() == {"kty": "OKP", "crv": "Ed25519", "x": "a"}
    assert set(PublicJwk(kty="EC", crv="P-256", x="a", y="b").members()) == {"kty", "crv", "x", "y"}


def test_a_private_member_is_refused_before_anything_reads_it() -> None:
    with pytest.raises(ValidationError):
        PublicJwk.model_validate({"kty": "OKP", "crv": "Ed25519", "x": "a", "d": "secret"})


def test_a_heartbeat_may_be_empty_and_holds_no_absurd_figure() -> None:
    assert Heartbeat().model_dump(exclude_none=True) == {}
    for odd in ({"temperature_c": float("nan")}, {"signal_dbm": 1000}, {"battery_percent": float("inf")}):
        with pytest.raises(ValidationError):
            Heartbeat.model_validate(odd)
