"""Two links find each other, on a clean wire and on bad ones."""

import struct

import pytest

from dispatch_server.media.link.states import LinkConnected, LinkState
from tests.sim.pair import CLIENT, SERVER, make_pair


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
