"""The link's own rules: who may speak DTLS, what each state takes, how it ends."""

import pytest

from dispatch_server.media.abilities import Candidate, Fingerprint, IceCredentials
from dispatch_server.media.link.certificate import UnusableFingerprints
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.states import (
    Failure,
    LinkClosed,
    LinkConnected,
    LinkFailed,
    LinkLimits,
    LinkState,
)
from tests.sim.pair import CLIENT, SERVER, Pair, make_pair

ELSEWHERE: Address = ("203.0.113.9", 6666)
FRESH = IceCredentials("freshour", "f" * 24)


def hello_of(pair: Pair) -> bytes:
    """The client's first DTLS datagram, on its way to the server."""
    seen: list[bytes] = []
    pair.filter_up = lambda datagram: datagram[0] != 22 or bool(seen.append(datagram))
    pair.run(0.1, lambda: bool(seen))
    return seen[0]


def test_dtls_is_not_read_from_an_address_that_has_passed_no_check() -> None:
    pair = make_pair()
    hello = hello_of(pair)
    server = pair.server.link
    assert server.state is LinkState.CHECKED and server._dtls._datagrams_in == 0
    server.feed(hello, ELSEWHERE, pair.now)
    assert server.drops == {"dtls_unchecked": 1} and server._dtls._datagrams_in == 0
    assert not pair.server.drain()
    server.feed(hello, CLIENT, pair.now)
    assert server._dtls._datagrams_in == 1
    assert [destination for _, destination in pair.server.drain()] == [CLIENT]


@pytest.mark.parametrize("stage", ["new", "checked", "connected"])
def test_no_length_and_no_first_byte_changes_a_link(stage: str) -> None:
    pair = make_pair()
    if stage == "checked":
        hello_of(pair)
    elif stage == "connected":
        pair.connect()
    server = pair.server.link
    before = (server.state, server.destination, server.srtp, list(server.events))
    for first in range(256):
        for length in range(65):
            datagram = (bytes((first,)) * length)[:length]
            server.feed(datagram, CLIENT, pair.now)
            server.feed(datagram, ELSEWHERE, pair.now)
    assert (server.state, server.destination, server.srtp, list(server.events)) == before
    assert not pair.server.drain()
    assert sum(server.drops.values()) == 256 * 65 * 2


def test_a_link_that_nobody_checks_fails() -> None:
    pair = make_pair()
    server = pair.server.link
    assert server.deadline() == 0.0
    server.tick(50.0)
    assert server.deadline() == 80.0
    server.tick(79.9)
    assert server.state is LinkState.NEW
    server.tick(80.0)
    assert server.events == [LinkFailed(Failure.NO_CHECK)]
    assert server.state is LinkState.FAILED and server.ended and server.deadline() is None


def test_a_link_without_a_handshake_fails() -> None:
    pair = make_pair()
    pair.filter_up = lambda datagram: datagram[0] != 22
    pair.run(12.0)
    assert pair.server.told == [LinkFailed(Failure.HANDSHAKE_TIMEOUT)]
    assert pair.client.told == [LinkFailed(Failure.HANDSHAKE_TIMEOUT)]
    assert pair.server.link.destination is None and CLIENT not in pair.server.link.valid


def test_a_wrong_certificate_fails_both_ends_without_keys() -> None:
    pair = make_pair(client_fingerprints=(Fingerprint("sha-256", ":".join(["00"] * 32)),))
    pair.run(1.0)
    assert pair.server.told == [LinkFailed(Failure.FINGERPRINT)]
    assert pair.client.told == [LinkFailed(Failure.HANDSHAKE)]
    assert pair.client.link.srtp is None and pair.server.link.srtp is None


def test_without_a_usable_fingerprint_there_is_no_link() -> None:
    with pytest.raises(UnusableFingerprints):
        make_pair(client_fingerprints=(Fingerprint("sha-1", "00"),))


@pytest.mark.parametrize("by_client", [True, False])
def test_either_end_may_close_and_the_other_hears_it(by_client: bool) -> None:
    pair = make_pair()
    pair.connect()
    closer, other = (pair.client, pair.server) if by_client else (pair.server, pair.client)
    closer.link.close(pair.now)
    closer.link.close(pair.now)
    pair.post()
    pair.run(1.0)
    assert closer.told[1:] == [LinkClosed(by_remote=False)]
    assert other.told[1:] == [LinkClosed(by_remote=True)]
    for end in (closer, other):
        assert end.link.state is LinkState.CLOSED
        assert end.link.destination is None and end.link.srtp is None and end.link.deadline() is None
        before = end.link.drops["after_end"]
        end.link.feed(b"\x16", CLIENT, pair.now)
        end.link.tick(pair.now)
        end.link.restart_ice(FRESH, FRESH, pair.now)
        assert end.link.drops["after_end"] == before + 1


def test_a_link_may_be_closed_before_it_began() -> None:
    pair = make_pair()
    pair.server.link.close(0.0)
    assert pair.server.drain() == [] and pair.server.told == [LinkClosed(by_remote=False)]


def test_events_are_bounded() -> None:
    pair = make_pair(limits=LinkLimits(events=1))
    pair.connect()
    pair.server.link.events.append(LinkConnected(CLIENT))
    pair.server.link.close(pair.now)
    assert pair.server.link.events == [LinkClosed(by_remote=False)]
    assert pair.server.link.drops["events"] == 1


def test_the_client_knows_the_round_trip_and_the_server_does_not_guess() -> None:
    pair = make_pair()
    pair.up.delay_s = pair.down.delay_s = 0.05
    pair.connect()
    assert pair.client.link.round_trip_s == pytest.approx(0.1)
    assert pair.server.link.round_trip_s is None


def test_only_clients_check_by_themselves() -> None:
    pair = make_pair()
    pair.connect()
    pair.run(2.0)
    for end in (pair.client, pair.server):
        end.link.check_now(pair.now)
        end.link.heard(pair.now)
        end.link.tick(pair.now)
    assert len(pair.client.drain()) == 1 and not pair.server.drain()


def test_a_client_without_candidates_waits_and_fails() -> None:
    pair = make_pair(candidates=(Candidate("server.example", 8000),))
    pair.run(31.0)
    assert pair.client.told == [LinkFailed(Failure.NO_CHECK)]
    assert pair.client.link.drops == {"candidate_refused": 1}


def test_it_answers_to_both_names_during_a_restart() -> None:
    pair = make_pair()
    before = pair.server.link.local_ufrags()
    pair.server.link.restart_ice(FRESH, FRESH, 0.0)
    assert pair.server.link.local_ufrags() == (*before, FRESH.ufrag)
    assert SERVER not in pair.server.link.valid
