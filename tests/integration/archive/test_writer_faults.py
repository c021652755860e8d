"""A fault of our own, or a file that cannot be made: the segment is given up, a gap says it, and the rest is sound."""

import errno
from pathlib import Path

import pytest

from dispatch_server.archive.announcements import (
    Announcement,
    FragmentSynced,
    GapWritten,
    RecordingFinished,
    SegmentFailed,
)
from dispatch_server.archive.disk import AppendFile, Disk, LocalDisk
from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.reading import announced, chain_problems, read_recording
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.archive.writer import FAULT, RecordingWriter
from dispatch_server.media.recording.fmp4 import Run
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, Job, KeepFragment
from tests.integration.archive.clips import START_US
from tests.integration.archive.test_crash_at_every_call import CARD, second_of_sound

SECOND = 1_000_000
# No track run holds a duration of less than nothing.
IMPOSSIBLE = KeepFragment(START_US + 3 * SECOND, SECOND, False, False, None, Run(0, [b"\xf8"], [-1]), 0, 100)


def at(seconds: int) -> KeepFragment:
    return second_of_sound(START_US + seconds * SECOND)


class Recorded:
    """One recording by these batches of jobs."""

    def __init__(self, folder: Path, batches: list[list[Job]], disk: Disk | None = None) -> None:
        self.folder = folder
        self.events: list[Announcement] = []
        self.faults: list[Exception] = []
        writer = RecordingWriter(
            CARD, [folder], disk or LocalDisk(), lambda _: True, self.events.extend, self.faults.append
        )
        for jobs in batches:
            writer.process(jobs)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def problems(self) -> list[str]:
        """What is wrong with it, but for the seal that it has not got yet and a mark of what was given up."""
        kept = read_recording([self.folder], CARD, whole=True)
        proved = {line.digest for _, lines in announced(kept) for line in lines}
        said = [fault.said() for fault in verify_recording(self.folder / folder_of(CARD)).faults]
        found = chain_problems(kept) + [words for words in said if "no seal" not in words]
        return found + [f"{one.entry.number} is gone" for one in self.of(FragmentSynced) if one.digest not in proved]


@pytest.mark.parametrize("together", [True, False])
def test_a_fault_costs_what_it_met_and_says_so(tmp_path: Path, together: bool) -> None:
    """In a second segment, when the first is saved; also when all that follows waits in the same batch."""
    jobs: list[Job] = [
        BeginSegment(START_US, None, "main"), at(0),
        BeginSegment(START_US + SECOND, None, "main"), at(1), at(2), IMPOSSIBLE,
        BeginSegment(START_US + 4 * SECOND, None, "main"), at(4), CloseRecording(START_US + 5 * SECOND, "ended"),
    ]  # fmt: skip
    recorded = Recorded(tmp_path, [jobs] if together else [[job] for job in jobs])
    assert len(recorded.faults) == 1
    assert recorded.problems() == []
    (gap,) = recorded.of(GapWritten)
    (failed,) = recorded.of(SegmentFailed)
    lost_from_s = 1 if together else 3
    assert (gap.gap.from_utc_us, gap.gap.to_utc_us) == (START_US + lost_from_s * SECOND, START_US + 4 * SECOND)
    assert gap.gap.reason == failed.reason == FAULT and failed.number == 2
    (finished,) = recorded.of(RecordingFinished)
    assert finished.fragments == len(recorded.of(FragmentSynced)) == (2 if together else 4)


def test_bytes_of_a_fault_in_mid_segment_are_not_written_behind(tmp_path: Path) -> None:
    jobs: list[list[Job]] = [
        [BeginSegment(START_US, None, "main"), at(0), at(1)],
        [at(2), IMPOSSIBLE],
        [at(4)],
        [CloseRecording(START_US + 5 * SECOND, "ended")],
    ]
    recorded = Recorded(tmp_path, jobs)
    assert recorded.problems() == []
    assert [event.entry.number for event in recorded.of(FragmentSynced)] == [1, 2, 3]


class UnkindDisk(LocalDisk):
    """Makes no second index, once."""

    def __init__(self, error: int) -> None:
        super().__init__()
        self.error = error

    def create(self, path: Path) -> AppendFile:
        if path.name == "000002.jsonl" and self.error:
            self.error, error = 0, self.error
            raise OSError(error, "not now")
        return super().create(path)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_segment_that_could_not_be_made_leaves_nothing(tmp_path: Path, error: int) -> None:
    jobs: list[list[Job]] = [
        [BeginSegment(START_US, None, "main"), at(0)],
        [BeginSegment(START_US + SECOND, None, "main"), at(1)],
        [CloseRecording(START_US + 2 * SECOND, "ended")],
    ]
    recorded = Recorded(tmp_path, jobs, UnkindDisk(error))
    assert recorded.problems() == []
    names = {path.name for path in (tmp_path / folder_of(CARD)).iterdir()}
    assert "000002.mp4" not in names and {"000001.mp4", "000003.mp4", "000003.jsonl"} <= names
    assert [event.entry.number for event in recorded.of(FragmentSynced)] == [1, 2]


class EndlessFault(LocalDisk):
    """Its ends cannot be written, by a fault that is no disk's."""

    def write_whole(self, path: Path, data: bytes) -> None:
        if path.name == "closed.json":
            raise RuntimeError("a fault")
        super().write_whole(path, data)


def test_a_recording_finishes_though_its_end_meets_a_fault(tmp_path: Path) -> None:
    jobs: list[Job] = [BeginSegment(START_US, None, "main"), at(0), CloseRecording(START_US + SECOND, "ended")]
    recorded = Recorded(tmp_path, [jobs], EndlessFault())
    assert len(recorded.faults) == 1 and len(recorded.of(RecordingFinished)) == 1
