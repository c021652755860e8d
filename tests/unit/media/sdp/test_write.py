"""What we write of our own: candidates, transport lines, nothing that breaks a line."""

from dataclasses import replace

import pytest

from dispatch_server.kit.errors import LocalFault
from dispatch_server.media.abilities import Candidate, IceCredentials
from dispatch_server.media.negotiate import answer_publish
from tests.unit.media.sdp.offer_texts import DIGEST, SERVER, audio, offer, sections, video

TWO = offer(audio(), video())


def test_the_answer_names_our_addresses_once_and_ends_the_list() -> None:
    _plan, answer = answer_publish(TWO, SERVER)
    first, second = sections(answer)
    assert answer.index("a=ice-lite") < answer.index("m=audio")
    assert [line for line in first if "candidate" in line] == [
        "a=candidate:1 1 udp 2130706431 198.51.100.7 8443 typ host",
        "a=candidate:2 1 tcp 1520434943 198.51.100.7 8443 typ host tcptype passive",
        "a=end-of-candidates",
    ]
    assert not any("candidate" in line for line in second)
    for lines in (first, second):
        assert {"a=ice-ufrag:serverUfrag", "a=ice-pwd:serverPassword0123456789"} <= set(lines)
        assert f"a=fingerprint:sha-256 {DIGEST}" in lines


def test_a_priority_that_was_given_is_written() -> None:
    local = replace(SERVER, candidates=(Candidate("2001:db8::7", 8443, priority=77),))
    assert "a=candidate:1 1 udp 77 2001:db8::7 8443 typ host\r\n" in answer_publish(TWO, local)[1]


@pytest.mark.parametrize("ufrag", ["two\r\nlines", "", "blank d"])
def test_our_own_text_cannot_break_a_line(ufrag: str) -> None:
    local = replace(SERVER, credentials=IceCredentials(ufrag, SERVER.credentials.password))
    with pytest.raises(LocalFault):
        answer_publish(TWO, local)
