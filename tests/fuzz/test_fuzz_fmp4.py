"""Any bytes into the readers of footage: a result or MalformedFootage, soon; any frames: sound boxes."""

import gc
import time
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.recording.boxes import read_fragment, read_init
from dispatch_server.media.recording.fmp4 import Run, box, fragment, init_segment
from dispatch_server.media.recording.jobs import BeginSegment, Job, KeepFragment
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.media.sink import Frame
from dispatch_server.protocol.footage import (
    GENESIS,
    FragmentEntry,
    GapEntry,
    MalformedFootage,
    SegmentHead,
    link,
    read_line,
    verify_segment,
    write_line,
)
from tests.unit.media.recording.made import LARGE_SPS, PPS, SMALL_SPS, START_US

SHORT = settings(max_examples=150, deadline=None, database=None, derandomize=True)
# Hypothesis remembers every choice of a run, and looks ever longer for a new one: 20,000 examples of forty frames would
# take gigabytes. So a long matrix is many runs, each of which forgets.
ROUNDS = pytest.mark.parametrize("turn", range(20))
ROUND = settings(max_examples=1_000, deadline=None, database=None)
ROUND_MIB = 200
INIT = init_segment((SMALL_SPS, PPS), True, START_US)
FRAGMENT = fragment(1, Run(0, [b"k" * 50, b"p"], [3600, 3600], [0, -5]), Run(0, [b"a" * 7], [960]), START_US)
HEAD = SegmentHead(1, "sha-256", "r", 1, "000001.mp4", 10, 5, "avc1.42e01f", "opus", "main", GENESIS.hex())
LINES = [write_line(link(GENESIS, HEAD, bytes(32)))]
LINES.append(write_line(link(GENESIS, FragmentEntry(1, 10, 20, 5, 5, True, 1, 1, 0, False), bytes(32))))
LINES.append(write_line(link(GENESIS, GapEntry(1, 2, "断线"), bytes(32))))

NAMES = st.sampled_from([b"moof", b"mdat", b"prft", b"traf", b"tfhd", b"tfdt", b"trun", b"mfhd", b"moov", b"trak"])
BOXES = st.recursive(
    st.builds(box, NAMES, st.binary(max_size=40)),
    lambda inner: st.builds(lambda name, parts: box(name, *parts), NAMES, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def changed(draw: st.DrawFn, good: bytes) -> bytes:
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = bytes((draw(st.integers(0, 255)),))
            case 1:
                del data[at : at + draw(st.integers(1, 40))]
            case 2:
                data[at:at] = draw(st.binary(max_size=20))
            case _:
                data[at : at + 4] = draw(st.sampled_from([0, 1, 8, 2**31, 2**32 - 1])).to_bytes(4, "big")
    return bytes(data)


@pytest.fixture
def bounded_memory() -> Iterator[None]:
    """What one round leaves behind."""
    process = psutil.Process()
    before = process.memory_info().rss
    yield
    gc.collect()
    grown = process.memory_info().rss - before
    assert grown < ROUND_MIB << 20, f"{grown >> 20} MiB more after one round"


def accept_or_refuse(data: bytes) -> None:
    begun = time.process_time()
    for read in (read_fragment, read_init, read_line):
        try:
            read(data)
        except MalformedFootage:
            continue
    verify_segment(data, lambda offset, count: data[offset : offset + count])
    assert time.process_time() - begun < 0.5


@given(changed(FRAGMENT) | changed(INIT) | BOXES | st.binary(max_size=300))
@SHORT
def test_boxes(data: bytes) -> None:
    accept_or_refuse(data)


@given(st.lists(st.sampled_from(LINES).flatmap(lambda line: changed(line) | st.just(line)), max_size=5).map(b"".join))
@SHORT
def test_lines(data: bytes) -> None:
    accept_or_refuse(data)


@pytest.mark.faults
@ROUNDS
def test_long(turn: int, bounded_memory: None) -> None:
    kinds = changed(FRAGMENT) | changed(INIT) | BOXES | changed(LINES[0]) | changed(LINES[1])
    ROUND(seed(turn)(given(kinds | st.binary(max_size=2_000))(accept_or_refuse)))()


def test_every_length_and_every_byte() -> None:
    for good in (FRAGMENT, INIT, *LINES):
        for at in range(len(good)):
            accept_or_refuse(good[:at])
            accept_or_refuse(good[:at] + bytes((good[at] ^ 0xFF,)) + good[at + 1 :])


TIMES = st.integers(0, 4_000_000) | st.integers(0, 2**53)
FRAMES = st.lists(
    st.builds(
        lambda video, layer, ticks, utc_us, data, key, sets, gap: Frame(
            Kind.VIDEO if video else Kind.AUDIO, layer if video else Layer.SOUND, ticks, START_US + utc_us, data, key,
            sets if video and key else None, gap,
        ),
        st.booleans(),
        st.sampled_from([Layer.MAIN, Layer.SUB]),
        st.integers(0, 400_000) | st.integers(0, 2**48),
        TIMES,
        st.binary(max_size=30),
        st.booleans(),
        st.sampled_from([(SMALL_SPS, PPS), (LARGE_SPS, PPS), (b"\x67", b""), None])
        | st.tuples(st.binary(), st.binary()),
        st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


@given(FRAMES)
@SHORT
def test_any_frames_make_sound_fragments(frames: list[Frame]) -> None:
    record_and_read(frames)


@pytest.mark.faults
@ROUNDS
def test_any_frames_for_long(turn: int, bounded_memory: None) -> None:
    ROUND(seed(turn)(given(FRAMES)(record_and_read)))()


def record_and_read(frames: list[Frame]) -> None:
    """Whatever a publisher sends, in whatever order and time: what is written holds together and goes forward."""
    jobs: list[Job] = []
    recorder = Recorder(RecorderLimits(), lambda job: jobs.append(job) or True, (Layer.MAIN, Layer.SUB))  # type: ignore[func-returns-value]
    for frame in frames:
        recorder.take_frame(frame)
    recorder.close(START_US, "ended")
    ends: dict[int, int] = {}
    for job in jobs:
        if isinstance(job, BeginSegment):
            ends = {}
            read_init(init_segment(job.parameter_sets, True, job.utc_us))
        elif isinstance(job, KeepFragment):
            assert job.duration_us >= 0
            for run in read_fragment(fragment(1, job.video, job.sound, job.utc_us)).runs:
                assert run.base >= ends.get(run.track, 0)
                ends[run.track] = run.base + run.duration
