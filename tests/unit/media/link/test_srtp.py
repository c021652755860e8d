"""SRTP of one link: what one end protects the other opens once, and nothing forged, cut or replayed is ever opened."""

import struct

import pytest
from pylibsrtp import Policy

from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.srtp import Heading, Srtp
from dispatch_server.media.packets.rtp import TAIL, WITH_TAIL
from dispatch_server.media.sink import MediaPacket
from tests.sim.pair import collecting_outbox

THERE: Address = ("192.0.2.2", 2)
GCM, SHA1 = Policy.SRTP_PROFILE_AEAD_AES_128_GCM, Policy.SRTP_PROFILE_AES128_CM_SHA1_80
PROFILES = pytest.mark.parametrize(("profile", "size"), [(GCM, 28), (SHA1, 30)])
REPORT = b"\x80\xc9\x00\x01\x00\x00\xca\xfe"


def two_ends(profile: int, size: int) -> tuple[Srtp, Srtp]:
    client, server = bytes(range(size)), bytes(range(100, 100 + size))
    return Srtp(profile, server, client), Srtp(profile, client, server)


def packet(sequence: int, payload: bytes = b"picture") -> tuple[bytes, bytes]:
    return struct.pack("!BBHII", 0x80, 96, sequence & 0xFFFF, 90 * sequence, 0xCAFE), payload


def protected(end: Srtp, *packets: tuple[bytes, bytes]) -> list[bytes]:
    outbox, letters = collecting_outbox()
    sent = end.protect_packets(list(packets), THERE, outbox)
    outbox.spill()
    assert sent == sum(len(datagram) for datagram, _ in letters)
    return [datagram for datagram, _ in letters]


@PROFILES
def test_packets_and_reports_arrive(profile: int, size: int) -> None:
    client, server = two_ends(profile, size)
    first, second = protected(client, packet(1), packet(2, bytes(1300)))
    assert b"picture" not in first
    assert server.unprotect(first) == b"".join(packet(1))
    assert server.unprotect(second) == b"".join(packet(2, bytes(1300)))
    outbox, letters = collecting_outbox()
    client.protect_rtcp(REPORT, THERE, outbox)
    outbox.spill()
    assert server.unprotect_rtcp(letters[0][0]) == REPORT
    assert client.failed == server.failed == 0


@PROFILES
def test_every_changed_byte_and_every_cut_is_refused(profile: int, size: int) -> None:
    client, server = two_ends(profile, size)
    (datagram,) = protected(client, packet(1))
    tries = 0
    for position in range(len(datagram)):
        changed = bytearray(datagram)
        changed[position] ^= 0x01
        assert server.unprotect(bytes(changed)) is None
        assert server.unprotect_rtcp(bytes(changed)) is None
        assert server.unprotect(datagram[:position]) is None
        assert server.unprotect_rtcp(datagram[:position]) is None
        tries += 4
    assert server.failed == tries
    assert server.unprotect(datagram) == b"".join(packet(1))


@PROFILES
def test_a_replay_is_refused_within_and_behind_the_window(profile: int, size: int) -> None:
    client, server = two_ends(profile, size)
    datagrams = protected(client, *(packet(sequence) for sequence in range(1, 1200)))
    for datagram in datagrams:
        assert server.unprotect(datagram) is not None
    for index in (0, 100, 700, 1198):
        assert server.unprotect(datagrams[index]) is None
    assert server.failed == 4


def test_late_packets_within_the_window_are_taken() -> None:
    client, server = two_ends(GCM, 28)
    datagrams = protected(client, *(packet(sequence) for sequence in range(1, 1000)))
    assert server.unprotect(datagrams[-1]) is not None
    assert all(server.unprotect(datagram) is not None for datagram in datagrams[:-1])


def test_the_other_direction_does_not_open() -> None:
    client, _ = two_ends(GCM, 28)
    (datagram,) = protected(client, packet(1))
    assert client.unprotect(datagram) is None


def test_too_long_and_too_short_is_counted_not_raised() -> None:
    client, server = two_ends(GCM, 28)
    for datagram in (b"", b"\x80", bytes(2049), bytes(70000)):
        assert server.unprotect(datagram) is None and server.unprotect_rtcp(datagram) is None
    assert server.failed == 8
    outbox, letters = collecting_outbox()
    client.protect_rtcp(b"\x80", THERE, outbox)
    client.protect_rtcp(bytes(3000), THERE, outbox)
    assert protected(client, (b"\x80", b"")) == [] and not letters
    assert client.failed == 3


def test_the_same_packet_may_be_sent_again() -> None:
    client, server = two_ends(GCM, 28)
    first, again = protected(client, packet(7), packet(7))
    assert first == again
    assert server.unprotect(first) is not None and server.unprotect(again) is None


def test_more_than_the_outbox_holds_is_spilled_on_the_way() -> None:
    client, server = two_ends(GCM, 28)
    datagrams = protected(client, *(packet(sequence, bytes(1200)) for sequence in range(1000)))
    assert len(datagrams) == 1000
    assert all(server.unprotect(datagram) is not None for datagram in datagrams)


def media(first: int, count: int) -> list[MediaPacket]:
    return [MediaPacket(first + n, 3000 * n, n == count - 1, bytes([n % 256]) * 900, False, 0.0) for n in range(count)]


def headed(first: int = 0) -> Heading:
    return Heading(WITH_TAIL, 0x80, 96, TAIL.pack(0xCAFE), first, sequence_offset=10, timestamp_offset=0xFFFFFFFF)


@PROFILES
def test_a_run_of_media_has_the_headers_of_its_heading(profile: int, size: int) -> None:
    client, server = two_ends(profile, size)
    outbox, letters = collecting_outbox()
    sent = client.protect_media(media(65_530, 3), headed(first=65_531), THERE, outbox)
    outbox.spill()
    assert sent == sum(len(datagram) for datagram, _ in letters)
    assert server.unprotect_all([datagram for datagram, _ in letters]) == [
        struct.pack("!BBHII", 0x80, 96, 5, 2999, 0xCAFE) + b"\1" * 900,
        struct.pack("!BBHII", 0x80, 0x80 | 96, 6, 5999, 0xCAFE) + b"\2" * 900,
    ]


def test_a_run_that_the_outbox_cannot_hold_is_sent_in_parts() -> None:
    client, server = two_ends(GCM, 28)
    outbox, letters = collecting_outbox()
    count = 2 * outbox.limit // 900
    client.protect_media(media(0, count), headed(), THERE, outbox)
    outbox.spill()
    assert len(server.unprotect_all([datagram for datagram, _ in letters])) == count and server.failed == 0


def test_of_a_run_only_the_genuine_packets_are_opened() -> None:
    client, server = two_ends(GCM, 28)
    good = protected(client, packet(1), packet(2), packet(3))
    forged = bytes([*good[1][:-1], good[1][-1] ^ 1])
    opened = server.unprotect_all([good[0], forged, bytes(5000), b"", good[0], good[2]])
    assert opened == [b"".join(packet(1)), b"".join(packet(3))] and server.failed == 4
