"""A clip that goes through recorder and writer comes out playable, whole and proved."""

from itertools import pairwise
from pathlib import Path

import av

from dispatch_server.archive.announcements import FragmentSynced, RecordingFinished, SegmentOpened
from dispatch_server.media.abilities import Kind
from dispatch_server.media.recording.limits import RecorderLimits
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import Harness, decoded


def test_all_pictures_and_sound_come_back(tmp_path: Path) -> None:
    clip = frames(4, gop=50)
    harness = Harness(tmp_path).take(clip).close()
    pictures, samples = decoded(harness.folder() / "000001.mp4")
    assert [round(time, 3) for time in pictures] == [round(n * 0.04, 3) for n in range(100)]
    assert samples == 200 * 960
    (verdict,) = harness.verdicts()
    assert verdict.problems == () and verdict.tail == b""
    assert [entry.key for entry in verdict.fragments()] == [True, False, True, False]
    assert [(entry.video, entry.sound, entry.filled) for entry in verdict.fragments()] == [(25, 50, 0)] * 4
    assert [entry.duration_us for entry in verdict.fragments()] == [1_000_000] * 4
    assert [entry.utc_us for entry in verdict.fragments()] == [START_US + n * 1_000_000 for n in range(4)]


def test_packets_are_kept_byte_for_byte(tmp_path: Path) -> None:
    clip = frames(3, gop=25)
    harness = Harness(tmp_path).take(clip).close()
    with av.open(str(harness.folder() / "000001.mp4")) as container:
        kept = [(packet.stream.type, bytes(packet)) for packet in container.demux() if packet.size]
    for kind in Kind:
        assert [data for of, data in kept if of == kind] == [frame.data for frame in clip if frame.kind is kind]


def test_a_gop_of_ten_seconds_delays_no_fragment(tmp_path: Path) -> None:
    harness = Harness(tmp_path).take(frames(10, gop=250)).close()
    entries = [event.entry for event in harness.of(FragmentSynced)]
    assert len(entries) == 10
    assert max(entry.duration_us for entry in entries) <= 1_000_000
    assert [entry.key for entry in entries] == [True] + [False] * 9
    assert len(decoded(harness.folder() / "000001.mp4")[0]) == 250


def test_a_silent_sound_track_delays_nothing_and_has_no_holes(tmp_path: Path) -> None:
    harness = Harness(tmp_path).take(frames(4, sound=False)).close()
    entries = [event.entry for event in harness.of(FragmentSynced)]
    assert [entry.sound for entry in entries] == [0] * len(entries)
    assert sum(entry.filled for entry in entries) == 200
    pictures, samples = decoded(harness.folder() / "000001.mp4")
    assert (len(pictures), samples) == (100, 200 * 960)


def test_segments_begin_at_key_frames_and_follow_each_other(tmp_path: Path) -> None:
    limits = RecorderLimits(segment_us=4_000_000)
    harness = Harness(tmp_path, recorder=limits).take(frames(10, gop=50)).close()
    verdicts = harness.verdicts()
    assert [verdict.problems for verdict in verdicts] == [()] * 3
    assert all(verdict.fragments()[0].key for verdict in verdicts)
    assert [verdict.head.utc_us - START_US for verdict in verdicts if verdict.head] == [0, 4_000_000, 8_000_000]
    for before, after in pairwise(verdicts):
        assert after.head is not None and before.chain is not None and after.head.previous == before.chain.hex()
    lengths = [decoded(harness.folder() / f"00000{n}.mp4") for n in (1, 2, 3)]
    assert [(len(pictures), samples) for pictures, samples in lengths] == [(100, 192_000), (100, 192_000), (50, 96_000)]
    assert [pictures[0] for pictures, _ in lengths] == [0, 0, 0]


def test_the_folder_says_what_it_holds(tmp_path: Path) -> None:
    harness = Harness(tmp_path).take(frames(2)).close(START_US + 2_000_000, "ended")
    assert sorted(path.name for path in harness.folder().iterdir()) == [
        "000001.jsonl", "000001.mp4", "closed.json", "recording.json",
    ]  # fmt: skip
    assert harness.folder() == tmp_path / "2025/11/24/recording-1"
    (closed,) = harness.of(RecordingFinished)
    assert closed.fragments == 2 and closed.chain == harness.verdicts()[-1].chain.hex()
    assert len(harness.of(SegmentOpened)) == 1
