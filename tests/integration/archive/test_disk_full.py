"""A disk that fills up (reliability D1): what is announced stays whole, the loss is declared, and it goes on after."""

from pathlib import Path

from dispatch_server.archive.announcements import (
    FragmentSynced,
    GapWritten,
    RecordingFinished,
    SegmentFailed,
    WritingResumed,
    WritingStopped,
)
from dispatch_server.archive.folders import END, read_end
from dispatch_server.media.sink import Frame
from tests.integration.archive.bad_disks import SmallDisk
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import Harness

ENOUGH = 10**9


def start(folder: Path, disk: SmallDisk) -> Harness:
    harness = Harness(folder, disk=disk)
    harness.recorder._send = lambda job: harness.writer.process([job]) or True  # type: ignore[func-returns-value]
    return harness


def half_written(harness: Harness) -> list[str]:
    """Files that hold more than their index announces."""
    return [
        verdict.head.file
        for verdict in harness.verdicts()
        if verdict.head and (harness.folder() / verdict.head.file).stat().st_size != verdict.end
    ]


def clip() -> list[Frame]:
    return frames(12, gop=50)


def test_a_full_disk_keeps_what_was_announced_and_says_what_is_missing(tmp_path: Path) -> None:
    harness = start(tmp_path, SmallDisk(60_000)).take(clip()).close(START_US + 12_000_000)
    (stopped,) = harness.of(WritingStopped)
    assert stopped.full and harness.of(SegmentFailed) == []
    kept = [event.entry for event in harness.of(FragmentSynced)]
    assert 0 < len(kept) < 12
    assert all(verdict.problems == () for verdict in harness.verdicts())
    assert half_written(harness) == []
    end = read_end(harness.folder() / END)
    assert end is not None and end.fragments == len(kept)
    assert end.missing_from_utc_us == kept[-1].utc_us + kept[-1].duration_us
    assert harness.of(RecordingFinished)[0].fragments == len(kept)


def test_it_goes_on_at_a_key_frame_when_there_is_room_again(tmp_path: Path) -> None:
    disk = SmallDisk(60_000)
    harness = start(tmp_path, disk)
    for frame in clip():
        if frame.utc_us >= START_US + 9_000_000:
            disk.free = ENOUGH
        harness.recorder.take_frame(frame)
    harness.close()
    assert len(harness.of(WritingStopped)) == len(harness.of(WritingResumed)) == 1
    (written,) = harness.of(GapWritten)
    last = [verdict for verdict in harness.verdicts() if verdict.lines][-1]
    assert last.fragments()[0].key and last.head is not None and written.gap.to_utc_us == last.head.utc_us
    assert written.gap.reason == "disk full"
    kept_us = sum(event.entry.duration_us for event in harness.of(FragmentSynced))
    assert kept_us + written.gap.to_utc_us - written.gap.from_utc_us == 12_000_000
    assert half_written(harness) == []


def test_the_harness_sees_a_half_written_fragment(tmp_path: Path) -> None:
    """Protection off: the file is not cut back to what was announced."""
    harness = start(tmp_path, SmallDisk(60_000, cuts=False)).take(clip()).close()
    assert half_written(harness) != []


def test_below_the_reserve_nothing_is_written(tmp_path: Path) -> None:
    harness = start(tmp_path, SmallDisk(ENOUGH))
    for frame in clip():
        harness.room[0] = not START_US + 4_000_000 <= frame.utc_us < START_US + 7_000_000
        harness.recorder.take_frame(frame)
    harness.close()
    (written,) = harness.of(GapWritten)
    assert written.gap.to_utc_us - written.gap.from_utc_us == 3_000_000
    assert written.gap.reason == "disk full"
