"""One sender as the network shows it, and the addresses that settings name."""

import pytest

from dispatch_server.kit.networks import Named, is_loopback, network_of


def test_one_sender_is_an_address_or_a_network() -> None:
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9%eth0") == "2001:db8:1:2::"
    assert len(network_of("x" * 900)) == 64


def test_addresses_and_networks_that_are_named() -> None:
    named = Named(["10.0.0.1", "192.0.2.0/24", "2001:db8::1"])
    for address in ("10.0.0.1", "::ffff:10.0.0.1", "192.0.2.77", "2001:db8::1%eth0"):
        assert address in named
    for address in ("10.0.0.2", "::1", "", "proxy.example", "2001:db8::2"):
        assert address not in named
    assert not Named([])
    for word in ("*", "proxy.example", ""):
        with pytest.raises(ValueError, match="does not appear"):
            Named([word])


def test_loopback() -> None:
    assert is_loopback("127.3.2.1") and is_loopback("::1") and is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("10.0.0.1") and not is_loopback("") and not is_loopback("localhost")
