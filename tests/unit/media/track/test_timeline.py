"""Server UTC of frames: right within 200 ms whatever the sender's clocks do, never backwards, never jumping."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.packets.rtcp import ntp_of
from dispatch_server.media.track.timeline import SenderClock, Timeline

START_US = 1_795_000_000_000_000
HOUR_US = 3_600_000_000
FRAME_US = 40_000


def no_jump(_: int) -> int:
    return 0


@dataclass
class Sender:
    """A camera: frames every 40 ms, a report every second, a way of 50 ms and more; its clocks as wrong as told."""

    clock_rate: int = 90_000
    wall_error_us: Callable[[int], int] = no_jump  # by true microseconds since the start
    media_error_us: Callable[[int], int] = no_jump
    report_error_ticks: int = 0
    report_every: int | None = 25
    first_timestamp: int = 4_294_000_000
    delay_us: Callable[[random.Random], int] = lambda chance: 50_000 + int(chance.expovariate(1 / 5000))

    def rtp(self, at_us: int) -> int:
        media_us = at_us + self.media_error_us(at_us)
        return (self.first_timestamp + media_us * self.clock_rate // 1_000_000) & 0xFFFFFFFF

    def run(self, timeline: Timeline, seconds: int, seed: int = 1) -> list[tuple[int, int]]:
        """(true capture UTC, UTC as told) of every frame."""
        chance = random.Random(seed)
        told = []
        for frame in range(seconds * 25):
            at_us = frame * FRAME_US
            captured = START_US + at_us
            ticks = timeline.unwrap(self.rtp(at_us))
            timeline.note_arrival(ticks, captured + self.delay_us(chance))
            told.append((captured, timeline.utc_us(ticks)))
            if self.report_every and frame % self.report_every == self.report_every - 1:
                ntp = ntp_of(captured + self.wall_error_us(at_us))
                rtp = self.rtp(at_us) + self.report_error_ticks & 0xFFFFFFFF
                timeline.on_report(ntp, rtp, captured + self.delay_us(chance))
        return told


def errors_ms(told: list[tuple[int, int]]) -> list[float]:
    return [(utc - captured) / 1000 for captured, utc in told]


def assert_never_backwards(told: list[tuple[int, int]]) -> None:
    assert all(later[1] >= earlier[1] for earlier, later in itertools.pairwise(told))


def assert_evenly_spaced(told: list[tuple[int, int]]) -> None:
    steps = [later[1] - earlier[1] for earlier, later in itertools.pairwise(told)]
    assert all(0.94 * FRAME_US <= step <= 1.06 * FRAME_US for step in steps)


def timeline(clock_rate: int = 90_000) -> Timeline:
    return Timeline(clock_rate, SenderClock())


@pytest.mark.parametrize("clock_rate", [90_000, 48_000])
def test_an_honest_sender(clock_rate: int) -> None:
    told = Sender(clock_rate).run(timeline(clock_rate), 60)
    assert_evenly_spaced(told)
    assert all(0 <= error <= 75 for error in errors_ms(told))


def test_arrivals_alone_tell_the_time_before_the_first_report() -> None:
    told = Sender(report_every=None).run(timeline(), 60)
    assert_evenly_spaced(told)
    assert all(0 <= error <= 75 for error in errors_ms(told))


@pytest.mark.parametrize("hours", [-9000, -3, 3, 9000])
def test_a_wall_clock_that_is_hours_off(hours: int) -> None:
    told = Sender(wall_error_us=lambda at: hours * HOUR_US).run(timeline(), 30)
    assert_evenly_spaced(told)
    assert all(0 <= error <= 75 for error in errors_ms(told))


@pytest.mark.parametrize("jump_us", [-HOUR_US, -400_000, -150_000, 150_000, 400_000, 2_000_000, HOUR_US])
def test_a_wall_clock_that_is_set_in_between(jump_us: int) -> None:
    told = Sender(wall_error_us=lambda at: jump_us if at > 20_000_000 else 0).run(timeline(), 60)
    assert_evenly_spaced(told)
    assert all(-1 <= error <= 150 for error in errors_ms(told))


def test_a_wall_clock_that_is_set_every_few_seconds() -> None:
    told = Sender(wall_error_us=lambda at: (at // 7_000_000) * 1_700_000 % 9_000_000).run(timeline(), 90)
    assert_never_backwards(told)
    assert all(-1 <= error <= 200 for error in errors_ms(told))


@pytest.mark.parametrize("parts_per_million", [-500, 500])
def test_a_media_clock_that_drifts(parts_per_million: int) -> None:
    told = Sender(media_error_us=lambda at: at * parts_per_million // 1_000_000).run(timeline(), 600)
    assert_evenly_spaced(told)
    assert all(-10 <= error <= 100 for error in errors_ms(told))


@pytest.mark.parametrize("parts_per_million", [-300, 300])
def test_drift_without_any_report(parts_per_million: int) -> None:
    sender = Sender(media_error_us=lambda at: at * parts_per_million // 1_000_000, report_every=None)
    told = sender.run(timeline(), 600)
    assert_evenly_spaced(told)
    assert all(-10 <= error <= 100 for error in errors_ms(told))


@pytest.mark.parametrize("jump_us", [5_000_000, -5_000_000, 3_600_000_000, -3_600_000_000])
def test_a_media_clock_that_begins_anew(jump_us: int) -> None:
    told = Sender(media_error_us=lambda at: jump_us if at > 20_000_000 else 0).run(timeline(), 60)
    assert_never_backwards(told)
    settled = errors_ms(told)[: 20 * 25] + errors_ms(told)[26 * 25 :]
    assert all(-1 <= error <= 150 for error in settled)


def test_a_media_clock_that_runs_ahead_is_noticed_before_the_next_report() -> None:
    sender = Sender(media_error_us=lambda at: 5_000_000 if at > 22_000_000 else 0, report_every=250)
    told = sender.run(timeline(), 29)
    assert_never_backwards(told)
    assert all(-1 <= error <= 150 for error in errors_ms(told))


def test_a_media_clock_that_stood_still_through_a_pause_is_noticed_without_reports() -> None:
    line, told = timeline(), []
    for frame in range(1000):
        captured = START_US + frame * FRAME_US + (20_000_000 if frame >= 500 else 0)
        ticks = line.unwrap(frame * 3600)
        line.note_arrival(ticks, captured + 50_000)
        told.append((captured, line.utc_us(ticks)))
    assert_never_backwards(told)
    assert all(0 <= error <= 75 for error in errors_ms(told))


def test_a_media_clock_that_goes_back_a_little_is_followed_with_the_next_report() -> None:
    told = Sender(media_error_us=lambda at: -2_500_000 if at > 20_000_000 else 0).run(timeline(), 40)
    settled = errors_ms(told)[: 20 * 25] + errors_ms(told)[25 * 25 :]
    assert all(-1 <= error <= 150 for error in settled)


def test_a_clock_that_was_set_back_before_a_track_had_reported() -> None:
    clock = SenderClock()
    clock.note(START_US, START_US + 50_000)
    assert clock.note(START_US - HOUR_US, START_US + 1_000_000) == HOUR_US + 1_000_000
    assert clock.jumps == 1


@pytest.mark.parametrize("seconds", [-30, 30])
def test_reports_that_do_not_fit_the_media_are_ignored(seconds: int) -> None:
    line = timeline()
    told = Sender(report_error_ticks=seconds * 90_000).run(line, 30)
    assert line.reports_ignored == 30
    assert all(0 <= error <= 75 for error in errors_ms(told))


def test_a_spell_of_full_buffers_moves_nothing() -> None:
    """Two seconds of queue for 20 s: frames arrive late, but they were not taken late."""
    counter = iter(range(10**6))

    def delay_us(_: random.Random) -> int:
        return 2_000_000 if 500 < next(counter) < 1000 else 50_000

    told = Sender(delay_us=delay_us).run(timeline(), 60)
    assert_evenly_spaced(told)
    assert all(0 <= error <= 75 for error in errors_ms(told))


def test_a_slow_start_is_corrected_without_a_jump() -> None:
    """The first packets come 500 ms late; reports say so."""
    counter = iter(range(10**6))
    told = Sender(delay_us=lambda _: 500_000 if next(counter) < 20 else 50_000).run(timeline(), 60)
    assert_never_backwards(told)
    assert abs(errors_ms(told)[-1]) <= 75


def test_two_tracks_of_one_sender_agree() -> None:
    clock = SenderClock()
    picture, sound = Timeline(90_000, clock), Timeline(48_000, clock)
    jump = Sender(90_000, wall_error_us=lambda at: HOUR_US if at > 20_000_000 else 0)
    also = Sender(
        48_000, wall_error_us=lambda at: HOUR_US if at > 20_000_000 else 0, report_every=125, first_timestamp=77
    )
    first, second = jump.run(picture, 60, seed=1), also.run(sound, 60, seed=2)
    assert all(abs(a[1] - b[1]) < 100_000 for a, b in zip(first, second, strict=True))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 59_000_000), st.integers(-(10**10), 10**10)), max_size=4),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32),
)
def test_any_wall_clock_any_beginning(jumps: list[tuple[int, int]], first_timestamp: int, seed: int) -> None:
    sender = Sender(
        wall_error_us=lambda at: sum(by for when, by in jumps if at >= when), first_timestamp=first_timestamp
    )
    told = sender.run(timeline(), 60, seed)
    assert_never_backwards(told)
    assert all(-100 <= error <= 200 for error in errors_ms(told))


class TestUnwrapping:
    def test_over_the_end_of_32_bits_and_back(self) -> None:
        line = timeline()
        stamps = [2**32 - 100, 2**32 - 50, 0, 2**32 - 20, 50]
        assert [line.unwrap(stamp) for stamp in stamps] == [2**32 - 100, 2**32 - 50, 2**32, 2**32 - 20, 2**32 + 50]

    def test_a_source_that_begins_anew_goes_on(self) -> None:
        line = timeline()
        before = line.unwrap(1_000_000_000)
        after = line.unwrap(5)
        assert before < after < before + 90_000
        assert line.unwrap(3605) == after + 3600

    def test_frames_out_of_order_keep_their_times(self) -> None:
        line = timeline()
        line.note_arrival(line.unwrap(0), START_US)
        late = line.utc_us(line.unwrap(7200))
        early = line.utc_us(line.unwrap(3600))
        assert late - early == 40_000


class TestTheWayBack:
    def test_nothing_is_known_before_the_first_packet(self) -> None:
        line = timeline()
        assert line.ticks_at(START_US) is None
        assert not line.known

    def test_reports_need_a_packet_and_a_wall_clock(self) -> None:
        line = timeline()
        line.on_report(ntp_of(START_US), 5, START_US)
        line.note_arrival(line.unwrap(5), START_US)
        line.on_report(0, 5, START_US)
        assert line.reports_ignored == 2

    def test_ticks_of_a_time(self) -> None:
        line = timeline()
        told = Sender().run(line, 20)
        ticks = line.unwrap(Sender().rtp(499 * FRAME_US))
        back = line.ticks_at(told[-1][1])
        assert back is not None
        assert abs(back - ticks) <= 2

    def test_ticks_are_the_sources_own_after_it_began_anew(self) -> None:
        line = timeline()
        line.note_arrival(line.unwrap(3_000_000_000), START_US)
        line.utc_us(line.unwrap(3_000_000_000))
        again = line.unwrap(5)
        line.note_arrival(again, START_US + 20_000)
        back = line.ticks_at(line.utc_us(again))
        assert back is not None
        assert abs(back % 2**32 - 5) <= 2


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(-5000, 20_000), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_placing_a_frame_is_unwrapping_and_telling(first: int, steps: list[int]) -> None:
    quick, careful = Timeline(90_000, SenderClock()), Timeline(90_000, SenderClock())
    at_us, rtp = START_US, first
    for number, step in enumerate(steps):
        at_us, rtp = at_us + FRAME_US, rtp + step & 0xFFFFFFFF
        for line in (quick, careful):
            line.note_arrival(line.unwrap(rtp), at_us)
            if number % 5 == 4:
                line.on_report(ntp_of(at_us + 700 * number), rtp, at_us + 3000)
        ticks = careful.unwrap(rtp)
        assert quick.place(rtp) == (ticks, careful.utc_us(ticks))
