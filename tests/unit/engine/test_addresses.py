"""What is announced: the settings' word, the bound address, or this machine's own addresses."""

from dispatch_server.engine.addresses import announced, candidates, own_addresses


def test_the_settings_come_first() -> None:
    assert announced("0.0.0.0", ["203.0.113.7"]) == ["203.0.113.7"]


def test_a_socket_bound_to_one_address_announces_it() -> None:
    assert announced("127.0.0.1", []) == ["127.0.0.1"]


def test_loopback_stands_last_but_is_there() -> None:
    own = own_addresses()
    assert own[-1] == "127.0.0.1"
    assert announced("0.0.0.0", []) == own[:6]


def test_udp_comes_before_tcp() -> None:
    made = candidates(["192.0.2.1", "192.0.2.2"], 1000, 1001)
    assert [(one.transport, one.port) for one in made] == [("udp", 1000), ("udp", 1000), ("tcp", 1001), ("tcp", 1001)]
    assert [one.priority for one in made] == sorted((one.priority for one in made), reverse=True)
    assert [one.transport for one in candidates(["192.0.2.1"], 1000, None)] == ["udp"]
