"""Packets that change places, get lost, come twice or never end: frames in order, gaps declared, all bounded."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import split_length_prefixed
from dispatch_server.media.track.frames import LARGEST_UNIT_PACKETS, MOST_WAITING, FrameAssembler
from dispatch_server.media.track.timeline import SenderClock, Timeline
from tests.unit.media.track.camera import PPS, SPS, STEP_S, Camera, Kept, assembler, flat, idr, slice_


def test_packets_that_changed_places() -> None:
    made, kept = assembler()
    packets = flat(Camera().group(10))
    packets[3], packets[7] = packets[7], packets[3]
    packets[20], packets[21] = packets[21], packets[20]
    for packet in packets:
        made.take((packet,), packet.arrival)
    assert len(kept.frames) == 10
    assert not any(frame.after_gap for frame in kept.frames)


def test_a_repaired_gap_is_no_gap() -> None:
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
def test_an_unrepaired_gap_costs_one_frame_and_is_declared(part: int) -> None:
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


def test_a_lost_frame_is_declared() -> None:
    made, kept = assembler()
    units = Camera().group(10)
    del units[4]
    made.take(flat(units), 0.4)
    made.tick(2.0)
    assert [frame.after_gap for frame in kept.frames] == [False] * 4 + [True] + [False] * 4


def test_two_gaps_each_have_their_time() -> None:
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


def test_a_key_frame_that_lost_its_parameter_sets_is_dropped() -> None:
    made, kept = assembler()
    camera = Camera()
    made.take(flat(camera.group(2)), 0.0)
    made.take(camera.send(SPS, PPS, idr())[1:], 0.1)
    made.take(camera.send(slice_()), 0.2)
    made.tick(5.0)
    assert [frame.is_key for frame in kept.frames] == [True, False, False]
    made.take(flat(camera.group(2)), 5.1)
    assert [frame.is_key for frame in kept.frames] == [True, False, False, True, False]


def test_a_picture_that_lost_its_first_slice_is_dropped() -> None:
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


def test_twice_and_too_late_are_counted_and_change_nothing() -> None:
    made, kept = assembler()
    units = Camera().group(4)
    made.take(flat(units[:2]), 0.0)
    made.take(units[0], 0.0)
    made.take([units[2][1], units[2][1], *units[2], *units[3]], 0.0)
    made.tick(9.0)
    assert len(kept.frames) == 4
    assert made.late == len(units[0]) + 1
    assert made.deadline() is None


def test_garbage_costs_its_frame_only() -> None:
    made, kept = assembler()
    camera = Camera()
    made.take(flat(camera.group(2)), 0.0)
    bad = camera.send(slice_())
    bad[1].payload = b"\x79\0\0"
    made.take(bad, 0.0)
    made.take(camera.send(slice_()), 0.0)
    assert made.malformed == 1
    assert [frame.after_gap for frame in kept.frames] == [False, False, True]


def test_a_source_that_begins_anew_is_not_waited_for() -> None:
    made, kept = assembler()
    camera = Camera()
    made.take(flat(camera.group(2)), 0.0)
    camera.sequence += 20_000
    made.take(flat(camera.group(2)), 0.1)
    assert [frame.after_gap for frame in kept.frames] == [False, False, True, False]


def test_what_waits_is_bounded() -> None:
    made, kept = assembler(patience_s=1e9)
    camera = Camera()
    made.take(flat(camera.group(2)), 0.0)
    for _ in range(3000):
        camera.sequence += 1
        made.take(camera.send(slice_(10)), 0.1)
        assert len(made._waiting) <= MOST_WAITING
    assert made.gaps > 0
    assert len(kept.frames) > 900


def test_a_unit_without_end_is_bounded() -> None:
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


def test_no_time_no_frames() -> None:
    made = FrameAssembler(Kind.VIDEO, Layer.MAIN, Timeline(90_000, SenderClock()))
    kept = Kept()
    made.add_sink(kept)
    made.take(flat(Camera().group(2)), 0.0)
    assert kept.frames == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.0, 0.3), st.floats(0.0, 1.0))
def test_any_loss_any_order(seed: int, loss: float, repaired: float) -> None:
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
