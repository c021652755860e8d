"""Two links find each other, on a clean wire and on bad ones."""

import struct
from random import Random

import pytest

from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.states import Failure, LinkConnected, LinkFailed, LinkState
from tests.sim.lossy_link import LossyLink
from tests.sim.pair import CLIENT, SERVER, Letter, Pair, make_pair


@pytest.mark.parametrize("server_is_dtls_client", [False, True])
def test_two_links_connect_on_a_clean_wire(server_is_dtls_client: bool) -> None:
    pair = make_pair(server_is_dtls_client=server_is_dtls_client)
    assert pair.connect(seconds=0.1)
    assert pair.client.told == [LinkConnected(SERVER)]
    assert pair.server.told == [LinkConnected(CLIENT)]
    assert pair.client.link.state is pair.server.link.state is LinkState.CONNECTED
    assert CLIENT in pair.server.link.valid and SERVER in pair.client.link.valid
    assert not pair.client.link.drops and not pair.server.link.drops


def rtp_packet(sequence: int) -> tuple[bytes, bytes]:
    return struct.pack("!BBHII", 0x80, 96, sequence, 1234, 0xCAFE), b"picture %d" % sequence


@pytest.mark.parametrize("server_is_dtls_client", [False, True])
def test_media_goes_both_ways(server_is_dtls_client: bool) -> None:
    pair = make_pair(server_is_dtls_client=server_is_dtls_client)
    assert pair.connect()
    for sender, receiver in ((pair.client, pair.server), (pair.server, pair.client)):
        srtp, destination = sender.link.srtp, sender.link.destination
        assert srtp is not None and destination is not None and receiver.link.srtp is not None
        srtp.protect_packets([rtp_packet(1), rtp_packet(2)], destination, sender.outbox)
        srtp.protect_rtcp(b"\x80\xc9\x00\x01\x00\x00\xca\xfe", destination, sender.outbox)
        first, second, report = [datagram for datagram, _ in sender.drain()]
        assert receiver.link.srtp.unprotect(first) == b"".join(rtp_packet(1))
        assert receiver.link.srtp.unprotect(second) == b"".join(rtp_packet(2))
        assert receiver.link.srtp.unprotect_rtcp(report) == b"\x80\xc9\x00\x01\x00\x00\xca\xfe"
        assert receiver.link.srtp.unprotect(first) is None and receiver.link.srtp.failed == 1


def connect_times(loss: float, pairs: int, **trouble: float) -> list[float]:
    """Seconds until connected over a link with 100 ms round trip; 20 stands for never."""
    times = []
    for seed in range(pairs):
        up: LossyLink[Letter] = LossyLink(loss=loss, delay_s=0.05, seed=2 * seed, **trouble)
        down: LossyLink[Letter] = LossyLink(loss=loss, delay_s=0.05, seed=2 * seed + 1, **trouble)
        pair = make_pair(up=up, down=down, seed=seed)
        began = pair.now
        times.append(pair.now - began if pair.connect(20.0) else 20.0)
    return sorted(times)


@pytest.mark.parametrize(("loss", "limit_s"), [(0.05, 2.0), (0.1, 3.0), (0.2, 5.0), (0.3, 10.0)])
def test_they_connect_in_time_on_a_lossy_link(loss: float, limit_s: float) -> None:
    times = connect_times(loss, pairs=40)
    assert times[int(len(times) * 0.95)] <= limit_s
    assert times[-1] < 20.0


def test_jitter_duplicates_and_disorder_do_not_matter() -> None:
    times = connect_times(0.05, pairs=40, jitter_s=0.06, duplicate=0.1, late=0.1)
    assert times[-1] < 5.0


def test_the_harness_can_fail() -> None:
    assert connect_times(1.0, pairs=1) == [20.0]


def attacked_pair(source: Address, seed: int) -> Pair:
    """Hellos without ciphers in common and fatal alerts, from `source`, all through the handshake."""
    pair = make_pair(seed=seed)
    pair.up.delay_s = pair.down.delay_s = 0.01
    hello = bytes.fromhex("16fefd00000000000000000036010000 2a00000000 0000002afefd".replace(" ", ""))
    hello += bytes(32) + bytes.fromhex("000000020001" + "0100")
    alert = bytes.fromhex("15fefd0000000000000000000202 28".replace(" ", ""))
    for moment in range(100):
        for datagram in (hello, alert):
            pair.up.deliver((datagram, source, SERVER), pair.now + moment / 1000)
    return pair


def test_hellos_and_alerts_from_an_address_without_a_check_disturb_nobody() -> None:
    for seed in range(20):
        pair = attacked_pair(("203.0.113.9", 6666), seed)
        assert pair.connect(seconds=0.2)
        assert pair.server.link.drops["dtls_unchecked"] > 100


def test_the_same_attack_from_the_valid_address_ends_that_link() -> None:
    pair = attacked_pair(CLIENT, 1)
    assert not pair.connect(seconds=1.0)
    assert pair.server.told == [LinkFailed(Failure.HANDSHAKE)]


def test_junk_by_the_thousand_leaves_nothing_behind() -> None:
    pair = make_pair()
    junk = Random(1)
    for number in range(20_000):
        datagram = bytes((junk.choice((0, 20, 22, 63, 128, 255)),)) + junk.randbytes(junk.randrange(200))
        pair.server.link.feed(datagram, ("203.0.113.9", number % 60_000), pair.now)
    assert not pair.server.link.valid and not pair.server.drain()
    assert sum(pair.server.link.drops.values()) == 20_000 and len(pair.server.link.drops) < 10
    assert pair.connect(seconds=0.1)
