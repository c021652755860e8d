"""Killed at each call to the disk, with rows of the earlier segments saved: the end is the head of what was kept."""

from collections.abc import Container
from pathlib import Path

import pytest

from dispatch_server.archive import reading, recover
from dispatch_server.archive.announcements import Announcement, FragmentSynced, SegmentOpened
from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import KeptRecording, chain_problems, read_recording
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.archive.writer import RecordingWriter
from dispatch_server.media.recording.fmp4 import Run
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, Job, KeepFragment
from tests.integration.archive.clips import START_US
from tests.integration.archive.dying_disk import DyingDisk, Killed

CARD = Card("recording-1", "stream-1", "T-01", "county/market", START_US)
LATER_US = START_US + 3_600_000_000
SEGMENTS = 3
FIRST, CALLS = 6, 44  # before the first there is no card yet


def second_of_sound(utc_us: int) -> KeepFragment:
    return KeepFragment(utc_us, 1_000_000, False, False, None, Run(0, [b"\xf8"] * 50, [960] * 50), 0, 100)


def jobs() -> list[Job]:
    made: list[Job] = []
    for number in range(SEGMENTS):
        begin_us = START_US + number * 2_000_000
        made += [BeginSegment(begin_us, None, "main"), second_of_sound(begin_us), second_of_sound(begin_us + 1_000_000)]
    return [*made, CloseRecording(START_US + SEGMENTS * 2_000_000, "ended")]


def killed_at(folder: Path, nth: int) -> tuple[list[Announcement], int]:
    """What was announced before the Nth call, and how many there were."""
    events: list[Announcement] = []
    disk = DyingDisk(nth)
    writer = RecordingWriter(CARD, [folder], disk, lambda _: True, events.extend)
    try:
        for job in jobs():
            writer.process([job])
    except Killed:
        pass
    return events, disk.calls


def faults(folder: Path, events: list[Announcement]) -> list[str]:
    """What is wrong after the start that follows, when the rows of all segments that were announced are saved."""
    known = {event.head.number for event in events if isinstance(event, SegmentOpened)}
    recover.recover([folder], CARD, LATER_US, known)
    kept = read_recording([folder], CARD, whole=True)
    said = verify_recording(folder / folder_of(CARD)).faults
    found = chain_problems(kept) + [fault.said() for fault in said if "no seal" not in fault.said()]
    numbers = [entry.number for segment in kept.segments for entry in segment.verdict.fragments()]
    announced = [event.entry.number for event in events if isinstance(event, FragmentSynced)]
    if kept.end is None or kept.end.fragments != max(numbers, default=0) or numbers[: len(announced)] != announced:
        found.append(f"announced {announced}, kept {numbers}, the end is {kept.end}")
    return found


@pytest.mark.parametrize("nth", range(FIRST, CALLS + 1))
def test_the_end_is_the_head_of_what_was_kept(tmp_path: Path, nth: int) -> None:
    events, _ = killed_at(tmp_path, nth)
    assert faults(tmp_path, events) == []


def test_so_many_calls_are_all(tmp_path: Path) -> None:
    events, calls = killed_at(tmp_path, 1_000)
    assert calls == CALLS and len([event for event in events if isinstance(event, FragmentSynced)]) == 2 * SEGMENTS


def test_the_harness_sees_an_end_that_is_made_of_the_last_segment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last_alone(roots: list[Path], card: Card, whole: bool = False, known: Container[int] = ()) -> KeptRecording:
        kept = reading.read_recording(roots, card, whole)
        last = kept.segments[-1:]
        chosen = tuple(one for one in kept.segments if one in last or one.number not in known)
        return KeptRecording(kept.card, kept.places, chosen, kept.end)

    monkeypatch.setattr(recover, "read_recording", last_alone)
    wrong = []
    for nth in range(FIRST, CALLS + 1):
        events, _ = killed_at(tmp_path / str(nth), nth)
        wrong += faults(tmp_path / str(nth), events)
    assert any("does not end where its end says" in words for words in wrong)
