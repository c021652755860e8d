"""The responder: authentic new requests count, repeated ones are answered, all else meets silence."""

from collections import Counter

import pytest
from aioice import stun

from dispatch_server.media.abilities import IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.responder import Check, Responder
from tests.sim.pair import collecting_outbox

LOCAL, REMOTE = IceCredentials("oursours", "p" * 24), IceCredentials("theirs", "q" * 24)
NEW_LOCAL, NEW_REMOTE = IceCredentials("newours1", "r" * 24), IceCredentials("newtheirs", "s" * 24)
SOURCE: Address = ("192.0.2.7", 40000)
ELSEWHERE: Address = ("203.0.113.9", 6666)


class Desk:
    """A responder in the controlled role, and what it has sent."""

    def __init__(self) -> None:
        self.outbox, self.letters = collecting_outbox()
        self.drops: Counter[str] = Counter()
        self.responder = Responder("ICE-CONTROLLED", self.outbox, self.drops)
        self.responder.expect(LOCAL, REMOTE)

    def take(self, datagram: bytes, source: Address = SOURCE) -> Check | None:
        check = self.responder.take(binding.read_message(datagram), source)
        self.outbox.spill()
        return check

    def answers(self) -> list[stun.Message]:
        answers = [binding.read_message(datagram) for datagram, _ in self.letters]
        self.letters.clear()
        return answers


def request(
    number: int,
    local: IceCredentials = LOCAL,
    remote: IceCredentials = REMOTE,
    key: bytes | None = None,
    nominates: bool = False,
) -> bytes:
    username = f"{local.ufrag}:{remote.ufrag}"
    password = local.password.encode() if key is None else key
    return binding.make_request(number.to_bytes(12, "big"), username, password, bytes(8), nominates)


def test_an_authentic_request_is_answered_with_its_address() -> None:
    desk = Desk()
    assert desk.take(request(1)) == Check(nominates=False)
    assert desk.take(request(2, nominates=True)) == Check(nominates=True)
    first, second = desk.answers()
    assert first.attributes["XOR-MAPPED-ADDRESS"] == SOURCE
    assert binding.is_authentic(first, LOCAL.password.encode())
    assert (first.transaction_id[-1], second.transaction_id[-1]) == (1, 2)
    assert not desk.drops


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (request(1, key=b"wrong"), "stun_integrity"),
        (request(1, local=IceCredentials("somebody", "x")), "stun_username"),
        (request(1, remote=IceCredentials("else", "x")), "stun_username"),
    ],
)
def test_all_else_meets_silence(datagram: bytes, reason: str) -> None:
    desk = Desk()
    assert desk.take(datagram) is None
    assert not desk.answers()
    assert desk.drops == {reason: 1}


def test_an_unsigned_request_meets_silence() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, bytes(12), {"USERNAME": "oursours:theirs"})
    message.add_fingerprint()
    desk = Desk()
    assert desk.take(bytes(message)) is None
    assert desk.drops == {"stun_integrity": 1} and not desk.answers()


def test_an_answer_is_never_longer_than_its_request() -> None:
    desk = Desk()
    shortest = request(1)
    desk.take(shortest, ("2001:db8::7", 1))
    assert len(desk.letters[0][0]) <= len(shortest)


def test_the_same_check_again_is_answered_again_but_changes_nothing() -> None:
    desk = Desk()
    assert desk.take(request(1)) is not None
    assert desk.take(request(1)) is None
    assert len(desk.answers()) == 2 and not desk.drops


def test_a_check_overheard_and_sent_from_elsewhere_is_not_answered() -> None:
    desk = Desk()
    desk.take(request(1))
    desk.answers()
    assert desk.take(request(1), ELSEWHERE) is None
    assert not desk.answers() and desk.drops == {"stun_replayed": 1}


def test_what_it_remembers_is_bounded() -> None:
    desk = Desk()
    for number in range(1000):
        desk.take(request(number))
    assert desk.take(request(999), ELSEWHERE) is None
    assert desk.take(request(0), ELSEWHERE) is not None


def test_an_agent_in_our_own_role_is_told_so() -> None:
    message = stun.Message(
        stun.Method.BINDING,
        stun.Class.REQUEST,
        bytes(12),
        {"USERNAME": "oursours:theirs", "ICE-CONTROLLED": 7},
    )
    message.add_message_integrity(LOCAL.password.encode())
    desk = Desk()
    assert desk.take(bytes(message)) is None
    (answer,) = desk.answers()
    assert answer.error_code == 487 and binding.is_authentic(answer, LOCAL.password.encode())
    assert desk.drops == {"stun_role_conflict": 1}


def test_old_credentials_live_until_the_first_check_with_the_new() -> None:
    desk = Desk()
    desk.responder.expect(NEW_LOCAL, NEW_REMOTE)
    assert desk.responder.local_ufrags() == ("oursours", "newours1")
    assert desk.take(request(1)) is not None
    assert desk.take(request(2, NEW_LOCAL, NEW_REMOTE, key=b"wrong")) is None
    assert desk.take(request(3)) is not None
    assert desk.take(request(4, NEW_LOCAL, NEW_REMOTE)) is not None
    assert desk.responder.local_ufrags() == ("newours1",)
    assert desk.take(request(5)) is None
    assert desk.drops == {"stun_integrity": 1, "stun_username": 1}


def test_two_restarts_in_a_row_keep_the_last_two_generations() -> None:
    desk = Desk()
    for number in range(5):
        desk.responder.expect(IceCredentials(f"again{number}", "r" * 24), NEW_REMOTE)
    assert desk.responder.local_ufrags() == ("again3", "again4")
