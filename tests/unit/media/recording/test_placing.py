"""Frames on media time: the capture's cadence, the server's clock, holes and steps."""

from dispatch_server.media.recording.placing import NOTHING, PicturePlacer, SoundPlacer
from tests.unit.media.recording.made import START_US, packet, packets, picture, pictures


def test_pictures_keep_the_cadence_of_the_capture() -> None:
    placer = PicturePlacer(START_US)
    late = [picture(at + 7_000 * (at % 3), ticks=5_000 + at * 9 // 100) for at in range(0, 400_000, 40_000)]
    run = placer.run(late, picture(400_000))
    assert run is not None and run.base == 0 and run.offsets is None
    assert list(run.durations) == [3600] * 10


def test_what_the_server_clock_contradicts_begins_again_from_it() -> None:
    placer = PicturePlacer(START_US)
    run = placer.run([picture(0), picture(40_000), picture(540_000, ticks=5_000 + 2 * 3600)], None)
    assert run is not None
    assert list(run.durations)[:2] == [3600, 45_000]


def test_a_timestamp_that_leaps_between_two_good_ones_is_placed_by_the_server_clock() -> None:
    leap = [picture(0), picture(40_000, ticks=2**47), picture(80_000), picture(120_000)]
    run = PicturePlacer(START_US).run(leap, picture(160_000))
    assert run is not None and run.offsets is None
    assert list(run.durations) == [3600] * 4


def test_a_step_back_never_goes_backwards() -> None:
    placer = PicturePlacer(START_US)
    first = placer.run([picture(1_000_000), picture(1_040_000)], None)
    second = placer.run([picture(300_000, ticks=1), picture(340_000, ticks=3601)], None)
    assert first is not None and second is not None
    assert second.base == first.base + sum(first.durations)
    assert second.offsets is not None and second.offsets[0] < 0


def test_reordered_pictures_are_decoded_in_order_and_shown_in_theirs() -> None:
    shown = [0, 80_000, 40_000, 160_000, 120_000]
    run = PicturePlacer(START_US).run([picture(at) for at in shown], picture(200_000))
    assert run is not None and run.offsets is not None
    decoded = [run.base]
    for duration in run.durations:
        decoded.append(decoded[-1] + duration)
    times = [time + offset for time, offset in zip(decoded[:-1], run.offsets, strict=True)]
    assert times == [at * 9 // 100 for at in shown]
    assert all(duration > 0 for duration in run.durations)


def test_without_a_following_picture_the_last_one_stays_as_usual() -> None:
    run = PicturePlacer(START_US).run(pictures(0, 120_000), None)
    assert run is not None and run.durations[-1] == 3600
    assert PicturePlacer(START_US).run([], None) is None


def test_sound_keeps_each_packet_and_its_length() -> None:
    run = SoundPlacer(START_US).run(packets(0, 200_000), START_US)
    assert run is not None and len(run.samples) == 10 and list(run.durations) == [960] * 10


def test_a_hole_in_the_sound_is_said_in_the_codecs_own_word() -> None:
    placer = SoundPlacer(START_US)
    run = placer.run([packet(0), packet(100_000)], START_US)
    assert run is not None and placer.filled == 4
    assert list(run.samples)[1:5] == [NOTHING] * 4
    assert sum(run.durations) == 120_000 * 48 // 1000


def test_sound_that_never_comes_is_filled_up_to_the_given_time() -> None:
    placer = SoundPlacer(START_US)
    assert placer.run([], START_US) is None
    run = placer.run([], START_US + 1_000_000)
    assert run is not None and placer.filled == 50 and sum(run.durations) == 48_000
    again = placer.run([packet(1_000_000)], START_US)
    assert again is not None and again.base == 48_000 and placer.filled == 0


def test_the_first_packet_stands_where_it_was_captured() -> None:
    placer = SoundPlacer(START_US)
    run = placer.run([packet(15_000), packet(35_000)], START_US)
    assert run is not None and run.base == 15 * 48 and placer.filled == 0
    late = SoundPlacer(START_US)
    run = late.run([packet(100_000)], START_US)
    assert run is not None and run.base == 0 and late.filled == 5


def test_jitter_is_no_hole() -> None:
    placer = SoundPlacer(START_US)
    run = placer.run([packet(0), packet(20_000, ticks=9_000 + 960 + 300), packet(40_000)], START_US)
    assert run is not None and placer.filled == 0 and len(run.samples) == 3


def test_slip_tells_how_late_the_track_runs() -> None:
    placer = SoundPlacer(START_US)
    placer.run(packets(0, 1_000_000), START_US)
    assert abs(placer.slip) <= 960
    placer.run([packet(500_000, ticks=77)], START_US)
    assert placer.slip == 24_000
