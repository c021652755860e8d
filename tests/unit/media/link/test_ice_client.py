"""The client's ICE: it asks, measures, nominates, keeps asking, and looks elsewhere when nobody answers."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from aioice import stun

from dispatch_server.media.abilities import Candidate, IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.ice_client import IceClient
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.states import LinkLimits
from tests.sim.pair import collecting_outbox

LOCAL, REMOTE = IceCredentials("oursours", "p" * 24), IceCredentials("theirs", "q" * 24)
NEAR: Address = ("192.0.2.1", 8000)
FAR: Address = ("2001:db8::1", 8000)
BY_TCP: Address = ("192.0.2.1", 8000, "tcp")
ALL = (
    Candidate("192.0.2.1", 8000, "tcp", 9),
    Candidate("2001:db8::1", 8000, "udp", 1),
    Candidate("192.0.2.1", 8000, "udp", 5),
)


class Client:
    def __init__(self, *candidates: Candidate, limits: LinkLimits | None = None) -> None:
        self.drops: Counter[str] = Counter()
        self.outbox, self.letters = collecting_outbox()
        self.ice = IceClient(
            local=LOCAL,
            remote=REMOTE,
            candidates=candidates,
            outbox=self.outbox,
            limits=limits or LinkLimits(),
            random=Random(1).randbytes,
            drops=self.drops,
        )

    def run(self, since: float, until: float, answering: tuple[Address, ...] = ()) -> list[tuple[float, Address]]:
        """Let time pass; the requests that went out, and when. Those to `answering` are answered 20 ms later."""
        sent: list[tuple[float, Address]] = []
        answers: list[tuple[float, bytes, Address]] = []
        now = since
        while now <= until:
            self.ice.tick(now)
            for request, address in self.requests():
                sent.append((round(now, 3), address))
                if address in answering:
                    answer = binding.make_success(request.transaction_id, REMOTE.password.encode(), ("9.9.9.9", 1))
                    answers.append((now + 0.02, answer, address))
            due = [self.ice.deadline()] + [moment for moment, _, _ in answers]
            now = max(now, min((moment for moment in due if moment is not None), default=until + 1))
            for moment, answer, address in answers[:]:
                if moment <= now:
                    answers.remove((moment, answer, address))
                    self.ice.feed(answer, address, now)
        return sent

    def requests(self) -> list[tuple[stun.Message, Address]]:
        self.outbox.spill()
        read = [(binding.read_message(datagram), address) for datagram, address in self.letters]
        self.letters.clear()
        return read


def test_checks_are_paced_udp_first_by_priority_then_tcp() -> None:
    sent = Client(*ALL).run(100.0, 100.6)
    assert sent[0] == (100.0, NEAR)
    assert (100.02, FAR) in sent
    assert [moment for moment, address in sent if address == BY_TCP] == [100.54]


def test_tcp_alone_does_not_wait() -> None:
    assert Client(ALL[0]).run(100.0, 100.0) == [(100.0, BY_TCP)]


def test_unanswered_checks_go_out_again_with_back_off() -> None:
    sent = [moment for moment, _ in Client(ALL[2]).run(0.0, 12.0)]
    gaps = [round(after - before, 3) for before, after in pairwise(sent)]
    assert gaps[:3] == [0.15, 0.225, 0.337]
    assert gaps == sorted(gaps) and gaps[-1] == 2.0


def test_the_first_answer_selects_and_the_next_check_nominates() -> None:
    client = Client(ALL[2])
    client.ice.tick(0.0)
    ((request, _),) = client.requests()
    assert "USE-CANDIDATE" not in request.attributes
    assert request.attributes["USERNAME"] == "theirs:oursours"
    assert client.ice.selected is None and not client.ice.valid
    client.ice.feed(binding.make_success(request.transaction_id, b"q" * 24, ("9.9.9.9", 1)), NEAR, 0.05)
    assert client.ice.selected == NEAR and list(client.ice.valid) == [NEAR]
    assert client.ice.round_trip_s == pytest.approx(0.05)
    client.ice.tick(0.05)
    ((request, _),) = client.requests()
    assert "USE-CANDIDATE" in request.attributes
    client.ice.feed(binding.make_success(request.transaction_id, b"q" * 24, ("9.9.9.9", 1)), NEAR, 0.18)
    assert client.ice.round_trip_s == pytest.approx(0.05 + 0.08 / 8)


def test_consent_is_asked_for_every_five_seconds_give_or_take_a_fifth() -> None:
    sent = [moment for moment, _ in Client(ALL[2]).run(0.0, 120.0, answering=(NEAR,))]
    gaps = [after - before for before, after in pairwise(sent[1:])]
    assert len(gaps) > 18 and all(4.0 <= gap <= 6.1 for gap in gaps)
    assert len({round(gap, 1) for gap in gaps}) > 3


def test_other_addresses_rest_once_one_is_chosen() -> None:
    client = Client(*ALL)
    client.run(0.0, 1.0, answering=(NEAR, FAR, BY_TCP))
    assert {address for _, address in client.run(1.0, 20.0, answering=(NEAR, FAR, BY_TCP))} == {NEAR}
    assert client.ice.selected == NEAR


def test_addresses_that_never_answered_rest_too() -> None:
    client = Client(*ALL)
    client.run(0.0, 1.0, answering=(NEAR,))
    assert {address for _, address in client.run(1.0, 20.0, answering=(NEAR,))} == {NEAR}


def test_a_restart_before_the_first_tick_asks_at_once() -> None:
    client = Client(ALL[2])
    client.ice.restart(LOCAL, REMOTE, [ALL[1]], 1000.0)
    assert client.ice.deadline() == 1000.0
    assert {address for _, address in client.run(1000.0, 1000.0)} == {NEAR, FAR}


def test_another_address_takes_over_when_the_chosen_one_falls_silent() -> None:
    client = Client(*ALL)
    client.run(0.0, 1.0, answering=(NEAR,))
    assert client.ice.selected == NEAR
    client.run(1.0, 8.5, answering=(FAR,))
    assert client.ice.selected == FAR
    client.run(8.5, 40.0, answering=(FAR,))
    assert list(client.ice.valid) == [FAR]


def test_silence_of_thirty_seconds_loses_the_path_but_asking_goes_on() -> None:
    client = Client(ALL[2])
    client.run(0.0, 1.0, answering=(NEAR,))
    client.run(1.0, 30.9)
    assert client.ice.selected is None and not client.ice.valid
    assert client.run(31.0, 60.0)
    client.run(60.0, 63.0, answering=(NEAR,))
    assert client.ice.selected == NEAR


def test_media_that_stops_makes_it_ask_at_once() -> None:
    client = Client(ALL[2])
    client.run(0.0, 1.0, answering=(NEAR,))
    client.ice.heard(1.2)
    assert client.run(1.3, 2.5, answering=(NEAR,)) == [(2.2, NEAR)]


def test_forged_late_and_crooked_answers_are_counted_and_change_nothing() -> None:
    client = Client(ALL[2])
    client.ice.tick(0.0)
    ((request, _),) = client.requests()
    transaction = request.transaction_id
    client.ice.feed(b"\x01\x01garbage", NEAR, 0.1)
    client.ice.feed(binding.make_success(transaction, b"guess", NEAR), NEAR, 0.1)
    client.ice.feed(binding.make_success(transaction, b"q" * 24, NEAR), FAR, 0.1)
    client.ice.feed(binding.make_success(bytes(12), b"q" * 24, NEAR), NEAR, 0.1)
    client.ice.feed(binding.make_role_conflict(transaction, b"q" * 24), NEAR, 0.1)
    assert client.ice.selected is None and not client.ice.valid
    assert client.drops == {"stun_malformed": 1, "stun_integrity": 1, "stun_unexpected": 3}


def test_a_full_agent_on_the_other_side_is_answered_and_asked_back() -> None:
    client = Client()
    reflexive: Address = ("203.0.113.5", 7777)
    request = binding.make_request(bytes(12), "oursours:theirs", b"p" * 24, bytes(8), False)
    message = stun.Message(
        stun.Method.BINDING, stun.Class.REQUEST, bytes(12), {"USERNAME": "oursours:theirs", "ICE-CONTROLLED": 1}
    )
    message.add_message_integrity(b"p" * 24)
    client.ice.tick(0.0)
    client.ice.feed(bytes(message), reflexive, 0.0)
    client.ice.tick(0.0)
    answer, question = (each for each, _ in client.requests())
    assert answer.message_class is stun.Class.RESPONSE and question.message_class is stun.Class.REQUEST
    client.ice.feed(request, reflexive, 0.1)  # it claims to be controlling, as we are
    ((conflict, _),) = client.requests()
    assert conflict.error_code == 487


def test_a_check_from_a_known_address_hurries_ours() -> None:
    client = Client(ALL[2])
    client.run(0.0, 2.0)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, bytes(12), {"USERNAME": "oursours:theirs"})
    message.add_message_integrity(b"p" * 24)
    client.ice.feed(bytes(message), NEAR, 2.01)
    assert client.ice.deadline() == 2.01


def test_only_numeric_hosts_with_real_ports_are_asked_and_not_too_many() -> None:
    odd = [Candidate(host, 8000) for host in ("localhost", "x.local", "", "192.0.2", "169.254.169.254.nip.io")]
    odd += [Candidate("192.0.2.1", 0), Candidate("192.0.2.1", 70000)]
    many = [Candidate("192.0.2.1", 1000 + number) for number in range(40)]
    client = Client(*odd, *many)
    assert client.drops == {"candidate_refused": 7 + 8}
    assert len({address for _, address in client.run(0.0, 1.0)}) == 32


def test_a_flood_of_checks_from_new_addresses_does_not_grow_it() -> None:
    client = Client(limits=LinkLimits(remote_candidates=4))
    for number in range(10):
        message = stun.Message(
            stun.Method.BINDING, stun.Class.REQUEST, number.to_bytes(12, "big"), {"USERNAME": "oursours:theirs"}
        )
        message.add_message_integrity(b"p" * 24)
        client.ice.feed(bytes(message), ("203.0.113.5", 1000 + number), 0.0)
    assert client.drops["candidate_refused"] == 6


def test_checks_without_an_answer_are_forgotten_and_valid_addresses_bounded() -> None:
    many = [Candidate("192.0.2.1", 1000 + number) for number in range(12)]
    client = Client(*many)
    client.run(0.0, 30.0)
    everyone: tuple[Address, ...] = tuple(("192.0.2.1", 1000 + number) for number in range(12))
    client.run(30.0, 33.0, answering=everyone)
    client.ice.check_all(33.0)
    client.run(33.0, 34.0, answering=everyone)
    assert len(client.ice.valid) == 8 and client.ice.selected in client.ice.valid
    assert client.drops["address_evicted"] >= 4


def test_a_restart_asks_everywhere_with_the_new_credentials() -> None:
    client = Client(ALL[2])
    client.run(0.0, 1.0, answering=(NEAR,))
    fresh = IceCredentials("freshour", "f" * 24), IceCredentials("freshthe", "g" * 24)
    client.ice.restart(*fresh, [ALL[1]], 2.0)
    assert client.ice.selected == NEAR
    assert client.ice.local_ufrags() == ("oursours", "freshour")
    client.ice.tick(2.1)
    requests = client.requests()
    assert {address for _, address in requests} == {NEAR, FAR}
    assert {request.attributes["USERNAME"] for request, _ in requests} == {"freshthe:freshour"}
    for request, address in requests:
        client.ice.feed(binding.make_success(request.transaction_id, b"g" * 24, ("9.9.9.9", 1)), address, 2.2)
    assert client.ice.selected == NEAR and not client.drops
