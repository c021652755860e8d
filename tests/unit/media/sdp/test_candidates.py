"""Which candidate lines can be used to reach a server."""

import pytest

from dispatch_server.media.abilities import Candidate
from dispatch_server.media.sdp.candidates import read_candidates


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "1 1 UDP 10 srv.example 5000 typ srflx raddr 0.0.0.0 rport 0",
            Candidate("srv.example", 5000, "udp", 10),
        ),
        ("1 1 udp 10 2001:db8::1 5000 typ host generation 0", Candidate("2001:db8::1", 5000, "udp", 10)),
        ("1 1 TCP 10 192.0.2.1 5000 typ host tcptype passive", Candidate("192.0.2.1", 5000, "tcp", 10)),
    ],
)
def test_what_can_be_reached_is_kept(line: str, expected: Candidate) -> None:
    assert read_candidates([line], 32) == ((expected,), 0)


@pytest.mark.parametrize(
    "line",
    [
        "1 2 udp 10 192.0.2.1 5001 typ host",
        "1 1 udp 10 192.0.2.1 0 typ host",
        "1 1 udp 10 192.0.2.1 65536 typ host",
        "1 1 udp 99999999999 192.0.2.1 5001 typ host",
        "1 1 tcp 10 192.0.2.1 9 typ host tcptype active",
        "1 1 tcp 10 192.0.2.1 9 typ host",
        "1 1 sctp 10 192.0.2.1 9 typ host",
        "1 1 udp 10 192.0.2.1;rm 9 typ host",
        "1 1 udp 10 192.0.2.1 9",
        "1 one udp 10 192.0.2.1 9 typ host",
        "",
    ],
)
def test_what_cannot_is_passed_over_and_counted(line: str) -> None:
    assert read_candidates([line], 32) == ((), 1)


def test_each_counts_once_and_not_more_than_the_limit() -> None:
    lines = [f"1 1 udp 10 192.0.2.1 {port} typ host" for port in range(1, 41)]
    found, ignored = read_candidates([*lines, *lines], 32)
    assert (len(found), ignored) == (32, 8)
