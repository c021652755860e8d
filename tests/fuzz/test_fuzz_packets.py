"""Any bytes into the packet parsers: a result or MalformedPacket, soon; any numbers into a track: no exception."""

import contextlib
import random
import struct
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets import feedback, h264, opus, rtcp
from dispatch_server.media.packets.extensions import read_elements
from dispatch_server.media.packets.rtp import payload_bounds
from dispatch_server.media.sink import Frame, MediaPacket
from dispatch_server.media.track.bitrate import PublisherEstimate
from dispatch_server.media.track.frames import MOST_WAITING, FrameAssembler
from dispatch_server.media.track.gaps import MOST_MISSING, Gaps
from dispatch_server.media.track.packetize import packetize_h264
from dispatch_server.media.track.reports import ReceptionStatistics
from dispatch_server.media.track.timeline import SenderClock, Timeline

SHORT = settings(max_examples=60, deadline=None, database=None, derandomize=True)
LONG = settings(max_examples=50_000, deadline=None, database=None)
LONGEST_S = 0.05

Parser = Callable[[bytes], object]
Stamp = tuple[int, int, bool, bytes, float]

SPS = bytes.fromhex("6742c01fda014016e840000003004000000ca3c60ca8")
PPS = bytes.fromhex("68ce3c80")
PAYLOADS = [payload for payload, _ in packetize_h264([SPS, PPS, b"\x65\x88" + bytes(2500)])] + [b"\x61\x9a" + bytes(90)]
BLOCK = rtcp.ReceiverBlock(1, 2, 3, 4, 5, 6, 7)


def arrivals() -> bytes:
    log = feedback.ArrivalLog()
    for number in (1, 2, 3, 5, 9, 8, 60, 61):
        log.note(number, number * 0.031)
    packet = log.build(9.0, 1, 2)
    assert packet is not None
    return packet


COMPOUND = rtcp.compound(
    rtcp.write_sender_report(1, 1_795_000_000_000_000, 2, 3, 4, [BLOCK]),
    rtcp.write_sdes(1, "name"),
    rtcp.write_receiver_report(1, [BLOCK, BLOCK]),
    rtcp.write_nack(1, 2, [1, 5, 40]),
    rtcp.write_pli(1, 2),
    bytes.fromhex("84ce000400000001000000000000000701000000"),
    rtcp.write_remb(1, 1_000_000, [2, 3]),
    arrivals(),
    rtcp.write_bye([1]),
)
RTP = struct.pack("!BBHIIHHI", 0x90, 96, 1, 2, 3, 0xBEDE, 1, 0x32010203) + bytes(50)
RTP_TWO_BYTE = struct.pack("!BBHIIHHIHI", 0xB2, 96, 1, 2, 3, 0x1000, 1, 0x03020102, 0, 0x04040404) + bytes(50)


def read_all(data: bytes) -> object:
    return h264.Depacketizer().read([data, *PAYLOADS[:2]])


PARSERS: dict[str, tuple[Parser, list[bytes]]] = {
    "rtcp": (rtcp.read_compound, [COMPOUND]),
    "feedback": (feedback.parse, [arrivals()]),
    "h264": (read_all, PAYLOADS),
    "h264 key frame": (h264.starts_key_frame, PAYLOADS),
    "h264 access unit": (h264.starts_access_unit, PAYLOADS),
    "h264 annex b": (h264.split_annex_b, [b"\0\0\0\1" + SPS + b"\0\0\1" + PPS]),
    "h264 length prefixed": (h264.to_annex_b, [h264.to_length_prefixed([SPS, PPS])]),
    "h264 sps": (h264.read_sps, [SPS, bytes.fromhex("67640032acb402802dd8088000000300800000190703f1622c")]),
    "opus": (opus.duration_ticks, [b"\x78abc", b"\x7b\x83abc"]),
    "rtp payload": (payload_bounds, [RTP, RTP_TWO_BYTE]),
    "rtp elements": (read_elements, [RTP, RTP_TWO_BYTE]),
}
SMALLEST = {"rtp payload": 12}  # the caller has checked


def accepts_or_refuses(parse: Parser, data: bytes) -> None:
    begun = time.thread_time()
    with contextlib.suppress(MalformedPacket):
        parse(data)
    assert time.thread_time() - begun < LONGEST_S, f"{len(data)} bytes took too long"


@pytest.mark.parametrize("name", PARSERS)
def test_every_cut_and_every_changed_byte(name: str) -> None:
    parse, seeds = PARSERS[name]
    for seed in seeds:
        for length in range(SMALLEST.get(name, 0), len(seed)):
            accepts_or_refuses(parse, seed[:length])
        for position in range(min(len(seed), 400)):
            for value in (0, 1, 0x7F, 0x80, 0xFF, seed[position] ^ 1, seed[position] ^ 0x40):
                accepts_or_refuses(parse, seed[:position] + bytes((value,)) + seed[position + 1 :])


@pytest.mark.parametrize("name", PARSERS)
def test_mutations(name: str, seeded: random.Random) -> None:
    mutate(name, seeded, 300)


@pytest.mark.faults
@pytest.mark.parametrize("name", PARSERS)
def test_many_mutations(name: str, seeded: random.Random) -> None:
    mutate(name, seeded, 100_000)


def mutate(name: str, chance: random.Random, rounds: int) -> None:
    """Change, drop, repeat and glue pieces of good packets."""
    parse, seeds = PARSERS[name]
    for _ in range(rounds):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(data) + 1)
            action = chance.randrange(4)
            if action == 0 and at < len(data):
                data[at] = chance.randrange(256)
            elif action == 1:
                del data[at : at + chance.randrange(8)]
            elif action == 2:
                data[at:at] = chance.randbytes(chance.randrange(6))
            else:
                data += chance.choice(seeds)[: chance.randrange(60)]
        if len(data) >= SMALLEST.get(name, 0):
            accepts_or_refuses(parse, bytes(data[:1500]))


@pytest.mark.parametrize("name", PARSERS)
@SHORT
@given(data=st.binary(max_size=1500))
def test_anything_at_all(name: str, data: bytes) -> None:
    if len(data) >= SMALLEST.get(name, 0):
        accepts_or_refuses(PARSERS[name][0], data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\xcf\0\0" * 375,  # 375 unknown packets
        b"\x81\xcd\x01\x75" + b"\xff" * 1492,  # a NACK of 6,307 numbers
        b"\x84\xce\x01\x75" + b"\0" * 1492,  # 185 requests
        b"\x9f\xcb\x01\x75" + b"\0" * 1492,
        b"\x80\xca\0\1\0\0\0\1" * 187,
    ],
)
def test_the_largest_rtcp_is_soon_read_and_says_little(data: bytes) -> None:
    begun = time.thread_time()
    try:
        items = rtcp.read_compound(data)
    except MalformedPacket:
        items = []
    assert time.thread_time() - begun < LONGEST_S
    assert len(items) <= rtcp.MOST_ITEMS
    assert all(len(item.sequences) <= rtcp.MOST_SEQUENCES for item in items if isinstance(item, rtcp.Nack))


class Nothing:
    def take_frame(self, frame: Frame) -> None:
        assert frame.data


STAMPS = st.tuples(
    st.integers(0, 65_535) | st.integers(60_000, 60_050),
    st.integers(0, 2**32 - 1) | st.integers(0, 50).map(lambda number: number * 3600),
    st.booleans(),
    st.sampled_from(PAYLOADS) | st.binary(min_size=1, max_size=60),
    st.floats(0.0, 0.2),
)


def receive(kind: Kind, stamps: list[Stamp], reports: list[tuple[int, int]]) -> None:
    """All of a track's parts, as an up track uses them, with numbers that no sender would choose."""
    clock = SenderClock()
    line, gaps = Timeline(90_000, clock), Gaps()
    reception, estimate = ReceptionStatistics(90_000), PublisherEstimate()
    made = FrameAssembler(kind, Layer.MAIN, line)
    made.add_sink(Nothing())
    now = 0.0
    for index, (sequence16, timestamp, marker, payload, pause) in enumerate(stamps):
        now += pause
        sequence = gaps.accept(sequence16, now, index % 7 == 0)
        estimate.note(timestamp & 0xFFFFFF, len(payload), sequence16 & 3, now)
        if sequence is not None:
            reception.note(sequence, timestamp, now)
            line.note_arrival(line.unwrap(timestamp), int(now * 1e6))
            packet = MediaPacket(sequence, timestamp, marker, payload, h264.starts_key_frame(payload), now)
            made.take((packet,), now)
        if reports and index % 5 == 0:
            ntp, rtp = reports[index % len(reports)]
            line.on_report(ntp, rtp, int(now * 1e6))
            reception.on_sender_report(ntp, now)
        rtcp.write_receiver_report(1, [reception.block(1, now)])
        rtcp.write_nack(1, 2, gaps.lost_now(now))
        made.tick(now)
        assert gaps.missing <= MOST_MISSING
        assert len(made._waiting) <= MOST_WAITING
    line.ticks_at(int(now * 1e6))
    line.utc_us(line.unwrap(5))


REPORTS = st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)), max_size=4)


@pytest.mark.parametrize("kind", list(Kind))
@SHORT
@given(stamps=st.lists(STAMPS, max_size=80), reports=REPORTS)
def test_any_numbers_into_a_track(kind: Kind, stamps: list[Stamp], reports: list[tuple[int, int]]) -> None:
    receive(kind, stamps, reports)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", list(Kind))
@LONG
@given(stamps=st.lists(STAMPS, max_size=80), reports=REPORTS)
def test_many_numbers_into_a_track(kind: Kind, stamps: list[Stamp], reports: list[tuple[int, int]]) -> None:
    receive(kind, stamps, reports)


NUMBERS = st.lists(st.tuples(st.integers(0, 65_535) | st.integers(0, 300), st.floats(0.0, 9.0)), max_size=200)


@SHORT
@given(numbers=NUMBERS)
def test_any_numbers_into_the_arrival_log(numbers: list[tuple[int, float]]) -> None:
    log = feedback.ArrivalLog()
    now = 0.0
    for index, (sequence16, pause) in enumerate(numbers):
        now += pause
        log.note(sequence16, now)
        if index % 10 == 9:
            packet = log.build(now, 1, 2)
            if packet is not None:
                assert len(packet) <= 1500
                feedback.parse(packet)
