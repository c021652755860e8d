"""A disk that fails while it is written to (reliability D2): nothing announced is lost, nothing suspect is believed."""

from pathlib import Path

import pytest

from dispatch_server.archive.announcements import FragmentSynced, RecordingFinished, SegmentFailed
from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.reading import announced, chain_problems, read_recording
from tests.integration.archive.bad_disks import LyingDisk
from tests.integration.archive.clips import frames
from tests.integration.archive.harness import Harness

FRAGMENTS = 8


def record(folder: Path, disk: LyingDisk) -> Harness:
    """Frame by frame, so that each fragment is synced by itself."""
    harness = Harness(folder, disk=disk)
    harness.recorder._send = lambda job: harness.writer.process([job]) or True  # type: ignore[func-returns-value]
    return harness.take(frames(FRAGMENTS, gop=50)).close()


def lost_fragments(harness: Harness) -> list[int]:
    """Announced, but not on the disk as announced."""
    kept = read_recording(harness.roots, harness.card, whole=True)
    proved = {line.digest for _, lines in announced(kept) for line in lines}
    return [event.entry.number for event in harness.of(FragmentSynced) if event.digest not in proved]


@pytest.mark.parametrize("nth", range(1, 2 * FRAGMENTS + 1))
def test_a_failed_sync_loses_nothing(tmp_path: Path, nth: int) -> None:
    disk = LyingDisk(nth)
    harness = record(tmp_path, disk)
    assert [event.entry.number for event in harness.of(FragmentSynced)] == list(range(1, FRAGMENTS + 1))
    assert lost_fragments(harness) == []
    assert disk.synced_after_error == []  # never again: it would say that all is well
    (failed,) = harness.of(SegmentFailed)
    folder = tmp_path / folder_of(harness.card)
    holds_something = nth > 2
    assert (folder / f"{failed.number:06}.suspect").exists() == holds_something
    assert (folder / f"{failed.number:06}.mp4").exists() == holds_something
    assert (folder / f"{failed.number + 1:06}.mp4").exists()
    kept = read_recording(harness.roots, harness.card)
    assert [p for p in chain_problems(kept) if "follow" in p or "end" in p] == []
    assert kept.end is not None and kept.end.fragments == FRAGMENTS
    assert harness.of(RecordingFinished)[0].chain == kept.end.chain


def test_the_harness_sees_a_sync_that_is_retried_and_believed(tmp_path: Path) -> None:
    harness = record(tmp_path, LyingDisk(7, retry=True))
    assert 4 in lost_fragments(harness)


def test_recording_goes_on_in_the_second_folder(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    harness = Harness(first, second, disk=LyingDisk(5))
    harness.recorder._send = lambda job: harness.writer.process([job]) or True  # type: ignore[func-returns-value]
    harness.take(frames(FRAGMENTS)).close()
    assert [path.name for path in sorted(harness.folder(0).glob("*.mp4"))] == ["000001.mp4"]
    assert [path.name for path in sorted(harness.folder(1).glob("*.mp4"))] == ["000002.mp4"]
    assert lost_fragments(harness) == []
    for root in (0, 1):
        assert (harness.folder(root) / "recording.json").exists() and (harness.folder(root) / "closed.json").exists()
