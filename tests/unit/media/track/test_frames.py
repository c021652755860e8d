"""Frames out of packets: whole, in order, from a key frame on, with gaps declared."""

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import split_length_prefixed, starts_key_frame
from dispatch_server.media.sink import Frame, MediaPacket
from dispatch_server.media.track.frames import LARGEST_UNIT_PACKETS, MOST_WAITING, FrameAssembler
from dispatch_server.media.track.packetize import packetize_h264
from dispatch_server.media.track.timeline import SenderClock, Timeline

START_US = 1_795_000_000_000_000
SPS, PPS = b"\x67\x42\xc0\x1f\xda", b"\x68\xce\x3c\x80"
STEP_S = 0.04


def idr(size: int = 5000) -> bytes:
    return b"\x65\x88" + bytes(size)


def slice_(size: int = 3000, number: int = 0) -> bytes:
    return b"\x61\x9a" + number.to_bytes(4, "big") + bytes(size)


class Kept:
    """A frame sink that keeps all it gets."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def take_frame(self, frame: Frame) -> None:
        self.frames.append(frame)


class Camera:
    """Access units to media packets, numbered on."""

    def __init__(self, sequence: int = 65_530, timestamp: int = 4_294_960_000) -> None:
        self.sequence = sequence
        self.timestamp = timestamp
        self.now = 0.0

    def send(self, *nals: bytes, marker: bool = True) -> list[MediaPacket]:
        packets = []
        for payload, last in packetize_h264(nals):
            packets.append(
                MediaPacket(
                    self.sequence, self.timestamp, last and marker, payload, starts_key_frame(payload), self.now
                )
            )
            self.sequence += 1
        self.timestamp = (self.timestamp + 3600) & 0xFFFFFFFF
        self.now += STEP_S
        return packets

    def group(self, frames: int) -> list[list[MediaPacket]]:
        return [self.send(SPS, PPS, idr())] + [self.send(slice_(number=number)) for number in range(1, frames)]


def flat(units: Sequence[Sequence[MediaPacket]]) -> list[MediaPacket]:
    return [packet for unit in units for packet in unit]


def timeline(clock_rate: int = 90_000) -> Timeline:
    line = Timeline(clock_rate, SenderClock())
    line.note_arrival(line.unwrap(4_294_960_000), START_US)
    return line


def assembler(kind: Kind = Kind.VIDEO, patience_s: float = 1.5) -> tuple[FrameAssembler, Kept]:
    layer, clock_rate = (Layer.MAIN, 90_000) if kind is Kind.VIDEO else (Layer.SOUND, 48_000)
    made = FrameAssembler(kind, layer, timeline(clock_rate), patience_s)
    kept = Kept()
    made.add_sink(kept)
    return made, kept


class TestVideo:
    def test_whole_frames_with_time_and_parameter_sets(self) -> None:
        made, kept = assembler()
        for unit in Camera().group(3):
            made.take(unit, unit[0].arrival)
        first, second, third = kept.frames
        assert (first.is_key, first.parameter_sets, first.after_gap) == (True, (SPS, PPS), False)
        assert split_length_prefixed(first.data) == [idr()]
        assert (second.is_key, second.parameter_sets) == (False, None)
        assert split_length_prefixed(third.data) == [slice_(number=2)]
        assert [frame.ticks - first.ticks for frame in kept.frames] == [0, 3600, 7200]
        assert [frame.utc_us for frame in kept.frames] == [START_US, START_US + 40_000, START_US + 80_000]
        assert (first.kind, first.layer) == (Kind.VIDEO, Layer.MAIN)

    def test_begins_with_a_key_frame(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(camera.send(slice_()), 0.0)
        assert made.waits_for_key_frame
        for unit in camera.group(2):
            made.take(unit, 0.1)
        assert [frame.is_key for frame in kept.frames] == [True, False]
        assert not made.waits_for_key_frame

    def test_a_later_sink_begins_with_the_next_key_frame(self) -> None:
        made, kept = assembler()
        camera, late = Camera(), Kept()
        made.take(flat(camera.group(3)), 0.0)
        made.add_sink(late)
        made.take(camera.send(slice_()), 0.1)
        made.take(flat(camera.group(2)), 0.2)
        assert len(kept.frames) == 6
        assert [frame.is_key for frame in late.frames] == [True, False]
        made.remove_sink(kept)
        made.take(camera.send(slice_()), 0.3)
        assert (len(kept.frames), len(late.frames)) == (6, 3)
        made.remove_sink(late)
        assert not made.has_sinks

    def test_packets_that_changed_places(self) -> None:
        made, kept = assembler()
        packets = flat(Camera().group(10))
        packets[3], packets[7] = packets[7], packets[3]
        packets[20], packets[21] = packets[21], packets[20]
        for packet in packets:
            made.take((packet,), packet.arrival)
        assert len(kept.frames) == 10
        assert not any(frame.after_gap for frame in kept.frames)

    def test_a_repaired_gap_is_no_gap(self) -> None:
        made, kept = assembler()
        units = Camera().group(10)
        lost = units[4].pop(1)
        made.take(flat(units), 0.4)
        assert len(kept.frames) == 4
        made.take((lost,), 0.9)
        assert len(kept.frames) == 10
        assert not any(frame.after_gap for frame in kept.frames)
        assert made.deadline() is None

    @pytest.mark.parametrize("part", [0, 1, -1])
    def test_an_unrepaired_gap_costs_one_frame_and_is_declared(self, part: int) -> None:
        made, kept = assembler()
        units = Camera().group(10)
        units[4].pop(part)
        made.take(flat(units), 0.4)
        deadline = made.deadline()
        assert deadline is not None
        made.tick(deadline - 0.001)
        assert len(kept.frames) == 4
        made.tick(deadline)
        numbers = [split_length_prefixed(frame.data)[0][2:6] for frame in kept.frames[1:]]
        assert [int.from_bytes(number, "big") for number in numbers] == [1, 2, 3, 5, 6, 7, 8, 9]
        assert [frame.after_gap for frame in kept.frames] == [False] * 4 + [True] + [False] * 4
        assert made.gaps == 1

    def test_a_lost_frame_is_declared(self) -> None:
        made, kept = assembler()
        units = Camera().group(10)
        del units[4]
        made.take(flat(units), 0.4)
        made.tick(2.0)
        assert [frame.after_gap for frame in kept.frames] == [False] * 4 + [True] + [False] * 4

    def test_two_gaps_each_have_their_time(self) -> None:
        made, kept = assembler()
        units = Camera().group(20)
        units[4].pop(1)
        units[14].pop(1)
        for unit in units:
            made.take(unit, unit[0].arrival)
        first = made.deadline()
        assert first is not None
        made.tick(first)
        assert len(kept.frames) == 13
        second = made.deadline()
        assert second == pytest.approx(first + 10 * STEP_S, abs=STEP_S)
        made.tick(second or 0.0)
        assert len(kept.frames) == 18

    def test_a_key_frame_that_lost_its_parameter_sets_is_dropped(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(flat(camera.group(2)), 0.0)
        made.take(camera.send(SPS, PPS, idr())[1:], 0.1)
        made.take(camera.send(slice_()), 0.2)
        made.tick(5.0)
        assert [frame.is_key for frame in kept.frames] == [True, False, False]
        made.take(flat(camera.group(2)), 5.1)
        assert [frame.is_key for frame in kept.frames] == [True, False, False, True, False]

    def test_a_stream_that_sends_its_parameter_sets_once(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(camera.send(SPS, PPS, idr()), 0.0)
        made.take(camera.send(idr()), 0.1)
        assert [frame.parameter_sets for frame in kept.frames] == [(SPS, PPS), (SPS, PPS)]

    def test_new_parameter_sets_are_in_force_at_once(self) -> None:
        made, kept = assembler()
        camera, other = Camera(), SPS + b"\1"
        made.take(camera.send(SPS, PPS, idr()), 0.0)
        made.take(camera.send(other, PPS, idr()), 0.1)
        assert [frame.parameter_sets for frame in kept.frames] == [(SPS, PPS), (other, PPS)]

    def test_several_sets_of_a_kind_stay_in_the_data(self) -> None:
        made, kept = assembler()
        second = PPS + b"\1"
        made.take(Camera().send(SPS, PPS, second, idr()), 0.0)
        assert split_length_prefixed(kept.frames[0].data) == [SPS, PPS, second, idr()]

    def test_delimiters_go_supplements_stay(self) -> None:
        made, kept = assembler()
        supplement = b"\x06\x05\x01\x80"
        made.take(Camera().send(b"\x09\x10", SPS, PPS, supplement, idr(), b"\x0c\xff\x80"), 0.0)
        assert split_length_prefixed(kept.frames[0].data) == [supplement, idr()]

    def test_parameter_sets_in_a_unit_of_their_own(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(camera.send(SPS), 0.0)
        made.take(camera.send(PPS), 0.0)
        made.take(camera.send(idr()), 0.1)
        assert [frame.parameter_sets for frame in kept.frames] == [(SPS, PPS)]

    def test_a_sender_that_sets_no_marker(self) -> None:
        made, kept = assembler()
        camera = Camera()
        for unit in (
            camera.send(SPS, PPS, idr(), marker=False),
            camera.send(slice_(), marker=False),
            camera.send(slice_(), marker=False),
        ):
            made.take(unit, 0.0)
        assert len(kept.frames) == 2  # the last one may go on

    def test_a_picture_of_several_slices(self) -> None:
        made, kept = assembler()
        camera = Camera()
        later = b"\x61\x46" + bytes(2500)
        made.take(flat(camera.group(1)), 0.0)
        made.take(camera.send(slice_(), later), 0.0)
        assert split_length_prefixed(kept.frames[1].data) == [slice_(), later]

    def test_a_picture_that_lost_its_first_slice_is_dropped(self) -> None:
        made, kept = assembler()
        camera = Camera()
        later = b"\x61\x46" + bytes(2500)
        made.take(flat(camera.group(1)), 0.0)
        cut = camera.send(slice_(1000), later)
        made.take(cut[1:], 0.0)
        made.take(camera.send(slice_()), 0.1)
        made.tick(9.0)
        assert [split_length_prefixed(frame.data) for frame in kept.frames] == [[idr()], [slice_()]]
        assert kept.frames[1].after_gap

    def test_twice_and_too_late_are_counted_and_change_nothing(self) -> None:
        made, kept = assembler()
        units = Camera().group(4)
        made.take(flat(units[:2]), 0.0)
        made.take(units[0], 0.0)
        made.take([units[2][1], units[2][1], *units[2], *units[3]], 0.0)
        made.tick(9.0)
        assert len(kept.frames) == 4
        assert made.late == len(units[0]) + 1
        assert made.deadline() is None

    def test_garbage_costs_its_frame_only(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(flat(camera.group(2)), 0.0)
        bad = camera.send(slice_())
        bad[1].payload = b"\x79\0\0"
        made.take(bad, 0.0)
        made.take(camera.send(slice_()), 0.0)
        assert made.malformed == 1
        assert [frame.after_gap for frame in kept.frames] == [False, False, True]

    def test_a_source_that_begins_anew_is_not_waited_for(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(flat(camera.group(2)), 0.0)
        camera.sequence += 20_000
        made.take(flat(camera.group(2)), 0.1)
        assert [frame.after_gap for frame in kept.frames] == [False, False, True, False]

    def test_what_waits_is_bounded(self) -> None:
        made, kept = assembler(patience_s=1e9)
        camera = Camera()
        made.take(flat(camera.group(2)), 0.0)
        for _ in range(3000):
            camera.sequence += 1
            made.take(camera.send(slice_(10)), 0.1)
            assert len(made._waiting) <= MOST_WAITING
        assert made.gaps > 0
        assert len(kept.frames) > 900

    def test_a_unit_without_end_is_bounded(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(flat(camera.group(2)), 0.0)
        for _ in range(3 * LARGEST_UNIT_PACKETS):
            camera.timestamp = 0
            made.take(camera.send(slice_(10), marker=False), 0.1)
            assert len(made._unit) <= LARGEST_UNIT_PACKETS
        assert made.malformed >= 1
        camera.timestamp = 3600
        made.take(flat(camera.group(2)), 0.2)
        assert kept.frames[-2].is_key

    def test_no_time_no_frames(self) -> None:
        made = FrameAssembler(Kind.VIDEO, Layer.MAIN, Timeline(90_000, SenderClock()))
        kept = Kept()
        made.add_sink(kept)
        made.take(flat(Camera().group(2)), 0.0)
        assert kept.frames == []

    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, 2**32), st.floats(0.0, 0.3), st.floats(0.0, 1.0))
    def test_any_loss_any_order(self, seed: int, loss: float, repaired: float) -> None:
        """Each frame whose packets all came is handed on once, in order, and every hole is declared."""
        chance = random.Random(seed)
        camera = Camera()
        units = [unit for _ in range(4) for unit in camera.group(15)]
        arrivals = []
        for packet in flat(units):
            if chance.random() >= loss:
                arrivals.append((packet.arrival + chance.random() * 0.03, packet))
            elif chance.random() < repaired:
                arrivals.append((packet.arrival + 0.1 + chance.random(), packet))
        made, kept = assembler()
        came = set()
        for now, packet in sorted(arrivals, key=lambda entry: entry[0]):
            made.take((packet,), now)
            came.add(packet.sequence)
        made.tick(1e9)
        ticks = [frame.ticks for frame in kept.frames]
        assert ticks == sorted(set(ticks))
        whole = {unit[0].timestamp for unit in units if all(packet.sequence in came for packet in unit)}
        given_ = {tick & 0xFFFFFFFF for tick in ticks}
        assert given_ <= whole
        if kept.frames:
            assert kept.frames[0].is_key
            lost = [unit[0].timestamp for unit in units if unit[0].timestamp not in whole]
            assert made.gaps > 0 or not lost
            for earlier, later in itertools.pairwise(ticks):
                frame = kept.frames[ticks.index(later)]
                assert later - earlier == 3600 or frame.after_gap


class TestAudio:
    @staticmethod
    def packets(count: int, first: int = 100) -> list[MediaPacket]:
        return [
            MediaPacket(first + index, (first + index) * 960, False, bytes((0x78, index & 0xFF)), True, index * 0.02)
            for index in range(count)
        ]

    def test_every_packet_is_a_frame_and_there_is_no_beginning_to_wait_for(self) -> None:
        made, kept = assembler(Kind.AUDIO)
        made.take(self.packets(5), 0.0)
        assert [frame.data for frame in kept.frames] == [bytes((0x78, index)) for index in range(5)]
        assert all(frame.is_key and frame.parameter_sets is None for frame in kept.frames)
        assert kept.frames[1].utc_us - kept.frames[0].utc_us == 20_000
        assert kept.frames[0].layer is Layer.SOUND

    def test_a_gap_is_waited_for_and_declared(self) -> None:
        made, kept = assembler(Kind.AUDIO)
        packets = self.packets(10)
        made.take(packets[:4] + packets[5:], 0.2)
        assert len(kept.frames) == 4
        made.tick(9.0)
        assert [frame.after_gap for frame in kept.frames] == [False] * 4 + [True] + [False] * 4

    def test_a_repaired_gap(self) -> None:
        made, kept = assembler(Kind.AUDIO)
        packets = self.packets(10)
        made.take(packets[:4] + packets[5:], 0.2)
        made.take([packets[4]], 0.3)
        assert [frame.data[1] for frame in kept.frames] == list(range(10))
