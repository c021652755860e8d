"""Frames to fragments and segments: where they are cut, what begins a new one, what is declared missing."""

from dataclasses import dataclass, field

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import SILENT, STEPPED, TOO_SLOW, Recorder
from dispatch_server.media.sink import Frame
from tests.unit.media.recording.made import LARGE_SPS, PPS, START_US, in_order, packet, packets, picture, pictures

SECOND = 1_000_000


@dataclass
class Desk:
    """A recorder and what it sends."""

    limits: RecorderLimits = field(default_factory=RecorderLimits)
    room: bool = True
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorder = Recorder(self.limits, self.send, (Layer.MAIN, Layer.SUB))

    def send(self, job: Job) -> bool:
        if self.room or not isinstance(job, KeepFragment):
            self.jobs.append(job)
        return self.room or not isinstance(job, KeepFragment)

    def take(self, *streams: list[Frame]) -> "Desk":
        for frame in in_order(*streams):
            self.recorder.take_frame(frame)
        return self

    def close(self) -> "Desk":
        self.recorder.close(START_US + 60 * SECOND, "ended")
        return self

    def of(self, kind: type) -> list:
        return [job for job in self.jobs if isinstance(job, kind)]

    @property
    def fragments(self) -> list[KeepFragment]:
        return self.of(KeepFragment)

    def spans(self) -> list[tuple[int, int]]:
        return [(job.utc_us - START_US, job.duration_us) for job in self.fragments]


def counts(job: KeepFragment) -> tuple[int, int]:
    return len(job.video.samples) if job.video else 0, len(job.sound.samples) if job.sound else 0


def test_a_fragment_is_a_second_and_follows_the_one_before() -> None:
    desk = Desk().take(pictures(0, 4 * SECOND), packets(0, 4 * SECOND)).close()
    assert desk.spans() == [(n * SECOND, SECOND) for n in range(4)]
    assert [job.key for job in desk.fragments] == [True, False, True, False]
    assert [counts(job) for job in desk.fragments] == [(25, 50)] * 4
    assert isinstance(desk.jobs[0], BeginSegment) and isinstance(desk.jobs[-1], CloseRecording)


def test_a_key_frame_begins_a_fragment() -> None:
    desk = Desk().take(pictures(0, 3 * SECOND, gop_us=600_000)).close()
    assert [start for start, _ in desk.spans() if start % 600_000 == 0] == [
        0, 600_000, 1_200_000, 1_800_000, 2_400_000,
    ]  # fmt: skip


def test_no_frame_rate_makes_a_fragment_longer_than_a_second() -> None:
    for step_us in (16_667, 33_333, 41_708, 66_667, 100_000, 125_000):
        desk = Desk().take(pictures(0, 6 * SECOND, gop_us=60 * SECOND, step_us=step_us)).close()
        assert max(duration for _, duration in desk.spans()) <= SECOND + 2_000, step_us
        assert sum(counts(job)[0] for job in desk.fragments) == len(range(0, 6 * SECOND, step_us))


def test_a_large_fragment_is_cut_early() -> None:
    limits = RecorderLimits(fragment_bytes=50_000)
    desk = Desk(limits).take(pictures(0, 2 * SECOND, size=10_000)).close()
    assert max(job.bytes for job in desk.fragments) < 80_000


def test_nothing_begins_before_a_key_frame_that_can_be_described() -> None:
    broken = picture(80_000)
    broken.is_key, broken.parameter_sets = True, (b"\x67", PPS)
    desk = Desk().take([picture(0), picture(40_000), broken]).close()
    assert desk.fragments == [] and desk.recorder.counters.pictures_unusable == 1


def test_new_parameter_sets_begin_a_new_segment_of_the_same_recording() -> None:
    desk = Desk().take(pictures(0, 2 * SECOND), pictures(2 * SECOND, 4 * SECOND, sps=LARGE_SPS)).close()
    assert [job.utc_us - START_US for job in desk.of(BeginSegment)] == [0, 2 * SECOND]
    assert desk.of(DeclareGap) == []


def test_parameter_sets_that_nobody_can_read_change_nothing() -> None:
    desk = Desk().take(pictures(0, 2 * SECOND), pictures(2 * SECOND, 4 * SECOND, sps=b"\x67")).close()
    assert len(desk.of(BeginSegment)) == 1 and len(desk.fragments) == 4


def test_a_segment_ends_at_the_last_key_frame_within_its_length() -> None:
    limits = RecorderLimits(segment_us=5 * SECOND)
    desk = Desk(limits).take(pictures(0, 12 * SECOND), packets(0, 12 * SECOND)).close()
    assert [job.utc_us - START_US for job in desk.of(BeginSegment)] == [0, 4 * SECOND, 8 * SECOND]


def test_sound_that_comes_late_still_belongs_to_its_segment() -> None:
    limits = RecorderLimits(segment_us=2 * SECOND)
    late = packets(0, 4 * SECOND)
    arriving = in_order(pictures(0, 4 * SECOND), [packet(at) for at in ()])
    for frame in late:
        place = next((n for n, f in enumerate(arriving) if f.utc_us > frame.utc_us + 300_000), len(arriving))
        arriving.insert(place, frame)
    desk = Desk(limits)
    for frame in arriving:
        desk.recorder.take_frame(frame)
    desk.close()
    begins = [n for n, job in enumerate(desk.jobs) if isinstance(job, BeginSegment)]
    first = [job for job in desk.jobs[begins[0] : begins[1]] if isinstance(job, KeepFragment)]
    second = [job for job in desk.jobs[begins[1] :] if isinstance(job, KeepFragment)]
    assert sum(counts(job)[1] for job in first) == sum(counts(job)[1] for job in second) == 100
    assert all(job.filled == 0 for job in desk.fragments)
    assert first[-1].duration_us == 0 and first[-1].video is None


def test_a_silent_publisher_gets_one_gap_and_a_new_segment() -> None:
    desk = Desk().take(pictures(0, 2 * SECOND), pictures(8 * SECOND, 10 * SECOND)).close()
    (gap,) = desk.of(DeclareGap)
    assert (gap.from_utc_us - START_US, gap.to_utc_us - START_US, gap.reason) == (2 * SECOND, 8 * SECOND, SILENT)
    assert len(desk.of(BeginSegment)) == 2


def test_a_publisher_that_restarts_goes_on_with_other_ticks() -> None:
    desk = Desk().take(pictures(0, 2 * SECOND))
    desk.recorder.lost("publisher lost")
    desk.recorder.lost("again")
    again = [picture(at, at % SECOND == 0, ticks=at * 9 // 100) for at in range(30 * SECOND, 32 * SECOND, 40_000)]
    desk.take(again).close()
    (gap,) = desk.of(DeclareGap)
    assert (gap.to_utc_us - gap.from_utc_us, gap.reason) == (28 * SECOND, "publisher lost")
    assert [job.video.base for job in desk.fragments if job.video] == [0, 90_000, 0, 90_000]


def test_a_clock_that_steps_back_begins_anew() -> None:
    desk = Desk().take(pictures(60 * SECOND, 62 * SECOND))
    for frame in pictures(0, 2 * SECOND):
        desk.recorder.take_frame(frame)
    desk.close()
    (gap,) = desk.of(DeclareGap)
    assert gap.reason == STEPPED and gap.from_utc_us == gap.to_utc_us
    assert len(desk.of(BeginSegment)) == 2


def test_a_full_queue_costs_a_declared_gap_and_nothing_else() -> None:
    desk = Desk().take(pictures(0, 2 * SECOND))
    desk.room = False
    desk.take(pictures(2 * SECOND, 5 * SECOND))
    desk.room = True
    desk.take(pictures(5 * SECOND + 40_000, 10 * SECOND + 40_000)).close()
    gaps = desk.of(DeclareGap)
    assert {gap.reason for gap in gaps} == {TOO_SLOW}
    missing_us = sum(gap.to_utc_us - gap.from_utc_us for gap in gaps)
    assert missing_us + sum(duration for _, duration in desk.spans()) == 10 * SECOND + 40_000
    assert desk.recorder.counters.fragments_dropped > 0


def test_lost_frames_are_marked() -> None:
    stream = pictures(0, 2 * SECOND)
    stream[30] = picture(1_200_000, after_gap=True)
    desk = Desk().take(stream).close()
    assert [job.lost for job in desk.fragments] == [False, True]


def test_sound_goes_on_when_the_picture_stops_and_the_picture_joins_again() -> None:
    desk = Desk().take(
        pictures(0, 2 * SECOND), packets(0, 14 * SECOND), pictures(10 * SECOND, 14 * SECOND)
    ).close()  # fmt: skip
    layouts = [job.parameter_sets is not None for job in desk.of(BeginSegment)]
    assert layouts == [True, False, True]
    assert desk.of(DeclareGap) == []
    assert sum(counts(job)[1] - job.filled for job in desk.fragments) == 700
    assert max(duration for _, duration in desk.spans()) <= SECOND + 300_000


def test_sound_alone_is_kept_when_there_is_never_a_picture() -> None:
    desk = Desk().take(packets(0, 8 * SECOND)).close()
    assert [job.parameter_sets for job in desk.of(BeginSegment)] == [None]
    assert sum(counts(job)[1] for job in desk.fragments) == 400


def test_beside_another_recording_sound_alone_is_not_kept() -> None:
    desk = Desk(RecorderLimits(keeps_sound_alone=False))
    desk.take(packets(0, 6 * SECOND), pictures(6 * SECOND, 8 * SECOND), packets(6 * SECOND, 14 * SECOND)).close()
    assert [job.utc_us - START_US for job in desk.of(BeginSegment)] == [6 * SECOND]
    assert max(len(job.sound.samples) for job in desk.fragments if job.sound) <= 50 + 20
    assert len(desk.recorder._pending.sound) == 0


def test_a_little_sound_before_the_first_picture_is_not_worth_a_segment() -> None:
    desk = Desk().take(packets(0, 2 * SECOND), pictures(600_000, 2 * SECOND, gop_us=200_000)).close()
    assert len(desk.of(BeginSegment)) == 1
    assert desk.recorder.counters.sound_dropped == 30


def test_the_small_picture_is_recorded_while_the_large_one_is_away() -> None:
    desk = (
        Desk()
        .take(
            pictures(0, 2 * SECOND),
            pictures(0, 10 * SECOND, layer=Layer.SUB),
            pictures(6 * SECOND, 10 * SECOND, sps=LARGE_SPS),
        )
        .close()
    )
    assert [(job.layer, job.utc_us - START_US) for job in desk.of(BeginSegment)] == [
        ("main", 0), ("sub", 4 * SECOND), ("main", 6 * SECOND),
    ]  # fmt: skip


def test_the_clock_ends_what_no_frame_ends() -> None:
    desk = Desk().take(pictures(0, 800_000))
    for now in (10.0, 10.5, 11.1):
        desk.recorder.tick(now)
    assert desk.fragments == []
    desk.recorder.tick(11.3)
    assert desk.spans() == [(0, 800_000)]
    desk.recorder.tick(20.0)
    assert len(desk.fragments) == 1


def test_after_the_end_nothing_is_taken() -> None:
    desk = Desk().take(pictures(0, SECOND)).close().close()
    desk.take(pictures(2 * SECOND, 3 * SECOND))
    assert len(desk.of(CloseRecording)) == 1 and len(desk.fragments) == 1


def test_hostile_times_bound_what_is_held() -> None:
    desk = Desk(RecorderLimits(fragment_bytes=20_000))
    for _ in range(5_000):
        desk.recorder.take_frame(Frame(Kind.AUDIO, Layer.SOUND, 1, START_US, b"x" * 200, True, None, False))
    assert desk.recorder._pending.bytes <= 21_000
    assert desk.recorder.counters.sound_dropped > 4_000
