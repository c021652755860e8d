"""WHIP's PATCH: trickled candidates, ICE restarts, and what we answer."""

import pytest

from dispatch_server.media.abilities import IceCredentials
from dispatch_server.media.negotiate import OfferMalformed, read_fragment, write_restart_fragment
from tests.unit.media.sdp.offer_texts import SERVER

TRICKLED = """a=group:BUNDLE 0 1
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2
a=candidate:473322822 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active generation 0 ufrag EsAw
a=end-of-candidates
"""


def test_trickled_candidates_are_read() -> None:
    fragment = read_fragment(TRICKLED)
    assert fragment.credentials == IceCredentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
    assert [(one.host, one.port) for one in fragment.candidates] == [
        ("192.0.2.1", 61764),
        ("198.51.100.2", 61765),
    ]
    assert fragment.end_of_candidates and fragment.ignored_candidates == 1


def test_a_restart_has_new_credentials_and_perhaps_nothing_else() -> None:
    fragment = read_fragment("a=ice-options:trickle ice2\r\na=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n")
    assert fragment.credentials == IceCredentials("ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k")
    assert fragment.candidates == () and not fragment.end_of_candidates


def test_the_end_alone_is_a_fragment() -> None:
    fragment = read_fragment("m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n")
    assert fragment.credentials is None and fragment.end_of_candidates


@pytest.mark.parametrize(
    "text",
    ["", "a=mid:0\r\n", "hello", "a=ice-ufrag:abcd\r\n", "a=ice-ufrag:x\r\na=ice-pwd:y\r\n", "m=x\r\n" * 9],
)
def test_what_says_nothing_is_malformed(text: str) -> None:
    with pytest.raises(OfferMalformed):
        read_fragment(text)


def test_too_many_candidates_are_counted() -> None:
    lines = "".join(f"a=candidate:1 1 udp 1 192.0.2.1 {port} typ host\r\n" for port in range(1, 41))
    fragment = read_fragment(lines)
    assert (len(fragment.candidates), fragment.ignored_candidates) == (32, 8)


def test_the_answer_to_a_restart_is_a_fragment_too() -> None:
    text = write_restart_fragment(SERVER, ["0", "1"])
    fragment = read_fragment(text)
    assert text.startswith("a=ice-lite\r\n") and "a=group:BUNDLE 0 1\r\n" in text
    assert fragment.credentials == SERVER.credentials
    assert [one.transport for one in fragment.candidates] == ["udp", "tcp"]
    assert fragment.end_of_candidates
