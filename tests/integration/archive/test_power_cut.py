"""The power fails in mid-recording, on a real ext4 (reliability C3): what was announced is there afterwards."""

from pathlib import Path

import pytest

from dispatch_server.archive.announcements import FragmentSynced
from dispatch_server.archive.disk import AppendFile, Disk, LocalDisk, LocalFile
from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.reading import chain_problems, read_recording
from dispatch_server.archive.recover import recover
from dispatch_server.protocol.footage import FragmentEntry
from tests.faults import able
from tests.faults.power import loop_disk
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import Harness, decoded

pytestmark = pytest.mark.skipif(bool(able.why_no_power_cuts()), reason=able.why_no_power_cuts() or "-")


class UnsyncedFile(LocalFile):
    def sync(self) -> None:
        pass


class UnsyncedDisk(LocalDisk):
    """Protection off: what is written is announced, whether it is on the disk or not."""

    def create(self, path: Path) -> AppendFile:
        return UnsyncedFile(path)


def record_until_the_power_fails(folder: Path, fragments: int, disk: Disk) -> list[str]:
    """What is wrong after the restart; the recording was cut behind so many fragments."""
    with loop_disk(folder, 32) as power:
        harness = Harness(power.folder, disk=disk)
        harness.recorder._send = lambda job: harness.writer.process([job]) or True  # type: ignore[func-returns-value]
        clip = iter(frames(8, gop=50))
        for frame in clip:
            if len(harness.of(FragmentSynced)) == fragments:
                break
            harness.recorder.take_frame(frame)
        announced = {event.entry.number: event.digest for event in harness.of(FragmentSynced)}
        power.cut_power()
        harness.take(list(clip)).close()
        power.restart()
        return faults_of(power.folder, harness, announced)


def faults_of(root: Path, harness: Harness, announced: dict[int, bytes]) -> list[str]:
    if not (root / folder_of(harness.card) / "recording.json").exists():
        return ["the recording is gone"]
    recover([root], harness.card, START_US + 60_000_000)
    kept = read_recording([root], harness.card, whole=True)
    lines = [line for segment in kept.segments for line in segment.verdict.lines]
    found = {line.entry.number: line.digest for line in lines if isinstance(line.entry, FragmentEntry)}
    faults = [f"fragment {number} is not there" for number in announced if found.get(number) != announced[number]]
    for segment in kept.segments:
        if len(decoded(segment.media)[0]) != sum(entry.video for entry in segment.verdict.fragments()):
            faults.append(f"segment {segment.number} does not play")
    return faults + chain_problems(kept)


@pytest.mark.parametrize("fragments", [1, 3, 6])
def test_announced_fragments_survive_a_power_cut(tmp_path: Path, fragments: int) -> None:
    assert record_until_the_power_fails(tmp_path, fragments, LocalDisk()) == []


@pytest.mark.faults
@pytest.mark.parametrize("cut", range(100))
def test_announced_fragments_survive_many_power_cuts(tmp_path: Path, cut: int) -> None:
    assert record_until_the_power_fails(tmp_path, 1 + cut % 7, LocalDisk()) == []


def test_the_harness_sees_a_writer_that_does_not_sync(tmp_path: Path) -> None:
    assert record_until_the_power_fails(tmp_path, 4, UnsyncedDisk()) != []
