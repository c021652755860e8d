"""The rate meter, what a publisher's path carries, and which layer a viewer's path allows."""

import itertools
import struct

import pytest

from dispatch_server.media.abilities import Layer
from dispatch_server.media.track.bitrate import (
    HIGHEST_BPS,
    LOWEST_BPS,
    PublisherEstimate,
    RateMeter,
    ViewerEstimate,
)

MAIN_BPS, SUB_BPS = 1_500_000.0, 250_000.0


class TestRateMeter:
    def test_a_steady_stream(self) -> None:
        meter = RateMeter()
        for step in range(300):
            meter.add(1250, step * 0.01)
        assert meter.bits_per_s(3.0) == pytest.approx(1_000_000, rel=0.02)
        assert meter.total == 375_000

    def test_follows_within_a_second(self) -> None:
        meter = RateMeter()
        for step in range(300):
            meter.add(1250, step * 0.01)
        for step in range(110):
            meter.add(125, 3.0 + step * 0.01)
        assert meter.bits_per_s(4.1) == pytest.approx(100_000, rel=0.05)

    def test_silence_is_zero(self) -> None:
        meter = RateMeter()
        assert meter.bits_per_s(1.0) == 0.0
        meter.add(1000, 1.0)
        assert meter.bits_per_s(10.0) == 0.0

    def test_one_packet_is_no_flood(self) -> None:
        meter = RateMeter()
        meter.add(1000, 1.0)
        assert meter.bits_per_s(1.0) == 16_000


def send_time(now: float) -> int:
    return int(now * 262_144) & 0xFFFFFF


class TestPublisherEstimate:
    @staticmethod
    def run(estimate: PublisherEstimate, start: float, seconds: float, path_bps: float, sent_bps: float) -> None:
        """Packets of 1,000 bytes over a path with a queue of half a second."""
        free_at = start
        count = int(seconds * sent_bps / 8000)
        for index in range(count):
            sent = start + index * 8000 / sent_bps
            free_at = max(free_at, sent) + 8000 / path_bps
            if free_at - sent < 0.5:
                estimate.note(send_time(sent), 1000, 7, free_at)
            else:
                free_at -= 8000 / path_bps  # dropped

    def test_says_nothing_at_first(self) -> None:
        assert PublisherEstimate().bitrate(0.0) is None

    def test_a_free_path_lets_the_estimate_grow(self) -> None:
        estimate = PublisherEstimate()
        self.run(estimate, 10.0, 10.0, 50_000_000, 1_000_000)
        assert (estimate.bitrate(20.0) or 0) > 1_000_000

    def test_a_narrow_path_is_noticed(self) -> None:
        estimate = PublisherEstimate()
        self.run(estimate, 10.0, 15.0, 600_000, 1_500_000)
        told = estimate.bitrate(25.4)
        assert told is not None
        assert told < 1_000_000  # never more than 1.5 times what came through

    def test_silence_ends_an_estimate_and_costs_nothing(self) -> None:
        estimate = PublisherEstimate()
        self.run(estimate, 10.0, 10.0, 50_000_000, 1_000_000)
        assert estimate.bitrate(25.0) is None
        estimate.note(send_time(90_000.0), 1000, 7, 90_000.0)
        assert estimate.resets == 1

    def test_a_clock_that_runs_back_begins_anew(self) -> None:
        estimate = PublisherEstimate()
        estimate.note(send_time(10.0), 1000, 7, 10.0)
        estimate.note(send_time(9.0), 1000, 7, 9.0)
        assert estimate.resets == 1

    def test_packets_of_no_size_and_odd_times_harm_nothing(self) -> None:
        estimate = PublisherEstimate()
        for index in range(3000):
            estimate.note(index * 7_654_321 & 0xFFFFFF, 0, index, 10.0 + index * 0.002)
        assert (estimate.bitrate(16.0) or LOWEST_BPS) >= LOWEST_BPS

    def test_finds_the_send_time_in_a_packet(self) -> None:
        estimate = PublisherEstimate()
        for index in range(2000):
            now = 10.0 + index * 0.008
            stamp = send_time(now)
            usual = struct.pack("!BBHIIHHI", 0x90, 96, index, 0, 7, 0xBEDE, 1, 3 << 28 | 2 << 24 | stamp)
            second = struct.pack("!BBHIIHHHHI", 0x90, 96, index, 0, 7, 0xBEDE, 2, 0x1000, 0, 3 << 28 | 2 << 24 | stamp)
            estimate.note_packet((second if index % 2 else usual) + bytes(1000), 3, now)
            estimate.note_packet(usual, None, now)
        assert (estimate.bitrate(26.0) or 0) > 500_000


def watch(estimate: ViewerEstimate, start: float, seconds: float, remb: int | None, loss: float) -> list[Layer]:
    layers = []
    for second in range(int(seconds)):
        now = start + second
        if remb is not None:
            estimate.on_remb(remb, now)
        estimate.on_loss(loss, now)
        estimate.on_loss(0.0, now)  # the sound's block
        sent = MAIN_BPS if estimate.layer is Layer.MAIN else SUB_BPS
        layers.append(estimate.choose(sent, MAIN_BPS, now))
    return layers


class TestViewerEstimate:
    def test_a_good_path_gets_the_main_layer(self) -> None:
        assert set(watch(ViewerEstimate(), 0, 60, 4_000_000, 0.0)) == {Layer.MAIN}

    def test_a_viewer_that_says_nothing_gets_the_main_layer(self) -> None:
        estimate = ViewerEstimate()
        assert estimate.choose(MAIN_BPS, MAIN_BPS, 1.0) is Layer.MAIN
        assert estimate.allowed_bps(1.0) == HIGHEST_BPS

    def test_falls_within_three_seconds_of_a_low_estimate(self) -> None:
        layers = watch(ViewerEstimate(), 0, 10, 400_000, 0.0)
        assert layers[:1] == [Layer.MAIN]
        assert layers[2] is Layer.SUB

    def test_falls_within_a_few_seconds_of_heavy_loss(self) -> None:
        layers = watch(ViewerEstimate(), 0, 10, None, 0.2)
        assert Layer.SUB in layers[:5]

    def test_one_bad_second_changes_nothing(self) -> None:
        estimate = ViewerEstimate()
        watch(estimate, 0, 10, 4_000_000, 0.0)
        watch(estimate, 10, 1, 400_000, 0.0)
        assert set(watch(estimate, 11, 20, 4_000_000, 0.0)) == {Layer.MAIN}

    def test_a_little_loss_changes_nothing(self) -> None:
        assert set(watch(ViewerEstimate(), 0, 60, 4_000_000, 0.05)) == {Layer.MAIN}

    def test_rises_again_after_five_seconds_of_room(self) -> None:
        estimate = ViewerEstimate()
        watch(estimate, 0, 10, 300_000, 0.0)
        layers = watch(estimate, 10, 10, 4_000_000, 0.0)
        assert layers.index(Layer.MAIN) in (5, 6)

    def test_each_failed_rise_makes_the_next_one_later(self) -> None:
        """The path carries 500 kbit/s: as long as the sub layer is sent, its estimate looks like room."""
        estimate = ViewerEstimate()
        rises, previous = [], Layer.MAIN
        for second in range(400):
            remb = 400_000 if estimate.layer is Layer.SUB else 500_000
            layer = watch(estimate, second, 1, remb, 0.0)[0]
            if layer is Layer.MAIN and previous is Layer.SUB:
                rises.append(second)
            previous = layer
        pauses = [later - earlier for earlier, later in itertools.pairwise(rises)]
        assert pauses == sorted(pauses)
        assert pauses[-1] >= 60
        assert len(rises) <= 9

    def test_does_not_rise_while_packets_are_lost(self) -> None:
        estimate = ViewerEstimate()
        watch(estimate, 0, 10, None, 0.2)
        assert set(watch(estimate, 10, 30, None, 0.2)) == {Layer.SUB}

    def test_an_old_estimate_says_nothing(self) -> None:
        estimate = ViewerEstimate()
        estimate.on_remb(100_000, 0.0)
        assert estimate.allowed_bps(1.0) == 100_000
        assert estimate.allowed_bps(10.0) == HIGHEST_BPS

    def test_absurd_estimates_are_clamped(self) -> None:
        estimate = ViewerEstimate()
        estimate.on_remb(0, 0.0)
        assert estimate.allowed_bps(0.0) == LOWEST_BPS
        estimate.on_remb(10**12, 0.0)
        assert estimate.allowed_bps(0.0) == HIGHEST_BPS
