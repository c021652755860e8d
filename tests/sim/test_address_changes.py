"""The client's address changes under a running link: NAT rebinding, another network, ICE restart, spoofing."""

from random import Random

import pytest

from dispatch_server.media.abilities import Candidate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.states import LinkMoved, LinkResumed, LinkState, LinkSuspended
from tests.sim.pair import CLIENT, SERVER, Pair, make_pair

REBOUND: Address = ("198.51.100.7", 51111)
MOBILE: Address = ("203.0.113.80", 40000)
SERVER_TCP: Address = (SERVER[0], SERVER[1], "tcp")


def connected_pair(*candidates: Candidate) -> Pair:
    pair = make_pair(candidates=candidates or (Candidate(SERVER[0], SERVER[1]),))
    pair.up.delay_s = pair.down.delay_s = 0.05
    assert pair.connect()
    pair.run(3.0)
    return pair


def media_flows(pair: Pair) -> bool:
    return pair.server.link.destination == pair.client_address


@pytest.mark.parametrize("address", [REBOUND, MOBILE])
def test_a_client_that_misses_media_tells_the_server_its_new_address_within_two_seconds(address: Address) -> None:
    """Row 9: the server sends feedback every 100 ms; when it stops, the client asks at once."""
    pair = connected_pair()
    pair.client.link.heard(pair.now)
    pair.client_address = address
    assert pair.run(2.0, lambda: media_flows(pair))
    assert pair.server.told[1:] == [LinkMoved(CLIENT, address)]
    assert pair.server.link.state is LinkState.CONNECTED


def test_a_client_that_knows_of_its_new_network_says_so_at_once() -> None:
    pair = connected_pair()
    pair.client_address = MOBILE
    pair.client.link.check_now(pair.now)
    assert pair.run(0.2, lambda: media_flows(pair))


def test_a_client_that_notices_nothing_is_found_by_its_next_consent_check() -> None:
    pair = connected_pair()
    pair.client_address = REBOUND
    assert pair.run(7.0, lambda: media_flows(pair))
    assert {CLIENT, REBOUND} == set(pair.server.link.valid)
    pair.run(40.0)
    assert set(pair.server.link.valid) == {REBOUND}


def test_ten_changes_in_a_row_are_followed_and_eight_addresses_kept() -> None:
    pair = connected_pair()
    for number in range(10):
        pair.client_address = ("198.51.100.7", 52000 + number)
        pair.client.link.check_now(pair.now)
        assert pair.run(1.0, lambda: media_flows(pair))
        pair.run(0.5)
    assert len(pair.server.link.valid) == 8
    assert len(pair.server.told) == 11


def test_an_overheard_check_sent_from_elsewhere_moves_nothing() -> None:
    pair = connected_pair()
    overheard: list[bytes] = []
    pair.filter_up = lambda datagram: not overheard.append(datagram)
    pair.run(7.0, lambda: bool(overheard))
    pair.run(0.5)
    for datagram in overheard:
        pair.server.link.feed(datagram, ("203.0.113.9", 6666), pair.now)
    assert pair.server.link.destination == CLIENT and set(pair.server.link.valid) == {CLIENT}
    assert pair.server.link.drops == {"stun_replayed": len(overheard)}


def test_spoofed_dtls_and_media_move_nothing() -> None:
    pair = connected_pair()
    for first in (22, 23, 128, 200):
        pair.server.link.feed(bytes((first,)) + bytes(40), ("203.0.113.9", 6666), pair.now)
    assert pair.server.link.destination == CLIENT and set(pair.server.link.valid) == {CLIENT}
    assert not pair.server.drain()


def test_an_ice_restart_from_another_network_keeps_the_keys() -> None:
    pair = connected_pair()
    random = Random(5).randbytes
    ours, theirs = make_credentials(random), make_credentials(random)
    keys = pair.server.link.srtp
    pair.server.link.restart_ice(ours, theirs, pair.now)
    pair.run(1.0)
    assert pair.connected()
    pair.client_address = MOBILE
    pair.client.link.restart_ice(theirs, ours, pair.now)
    assert pair.run(1.0, lambda: media_flows(pair))
    assert pair.server.link.local_ufrags() == (ours.ufrag,)
    assert pair.server.link.srtp is keys
    pair.run(60.0)
    assert pair.connected() and not pair.client.link.drops and not pair.server.link.drops


def test_udp_that_gets_blocked_gives_way_to_tcp() -> None:
    """N7 within one link: the other candidate of the same server takes over within ten seconds."""
    both = (Candidate(SERVER[0], SERVER[1]), Candidate(SERVER[0], SERVER[1], "tcp"))
    pair = connected_pair(*both)
    assert pair.client.link.destination == SERVER
    pair.server_address = SERVER_TCP  # what goes to the UDP address no longer arrives
    pair.client_address = (*CLIENT[:2], "tcp")
    pair.client.link.heard(pair.now)
    assert pair.run(10.0, lambda: pair.client.link.destination == SERVER_TCP and media_flows(pair))
    assert pair.client.told[1:] == [LinkMoved(SERVER, SERVER_TCP)]


def test_a_tcp_connection_that_ends_suspends_at_once_and_a_new_one_resumes() -> None:
    pair = make_pair(candidates=(Candidate(SERVER[0], SERVER[1], "tcp"),))
    pair.server_address, pair.client_address = SERVER_TCP, (*CLIENT[:2], "tcp")
    assert pair.connect()
    pair.run(2.0)
    old, pair.client_address = pair.client_address, (CLIENT[0], 41111, "tcp")
    pair.server.link.address_lost(old, pair.now)
    assert pair.server.link.state is LinkState.SUSPENDED and old not in pair.server.link.valid
    pair.client.link.address_lost(SERVER_TCP, pair.now)
    assert pair.client.link.state is LinkState.SUSPENDED
    assert pair.run(1.0, pair.connected)
    assert pair.server.told[1:] == [LinkSuspended(), LinkResumed((CLIENT[0], 41111, "tcp"))]


def test_a_lost_address_gives_way_to_another_valid_one() -> None:
    pair = connected_pair()
    pair.client_address = REBOUND
    pair.client.link.check_now(pair.now)
    pair.post()
    assert pair.run(1.0, lambda: media_flows(pair))
    pair.server.link.address_lost(REBOUND, pair.now)
    assert pair.server.link.destination == CLIENT and pair.server.link.state is LinkState.CONNECTED
    pair.server.link.close(pair.now)
    pair.server.link.address_lost(CLIENT, pair.now)
    assert pair.server.link.state is LinkState.CLOSED
