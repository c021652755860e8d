"""kill -9 in mid-recording: every announced fragment is there, verifies and plays (reliability C1)."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch_server.archive.folders import find_recordings, read_card
from dispatch_server.archive.reading import chain_problems, read_recording
from dispatch_server.archive.recover import CRASHED, recover
from dispatch_server.protocol.footage import FragmentEntry, GapEntry
from tests.integration.archive.clips import START_US
from tests.integration.archive.harness import decoded

CHILD = "tests.integration.archive.recording_child"
KILLS = 4
LATER_US = START_US + 3_600_000_000


def run_and_kill(folder: Path, seed: int, hasty: bool = False) -> list[tuple[int, str]]:
    """Start a recorder, kill it at a random moment, and return what it had announced: (number, digest)."""
    arguments = [sys.executable, "-m", CHILD, str(folder), "hasty" if hasty else "careful"]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
    assert child.stdout is not None
    enough = random.Random(seed).randrange(1, 40)
    announced = []
    for line in child.stdout:
        announced.append(line)
        if len(announced) >= enough:
            break
    os.kill(child.pid, signal.SIGKILL)
    announced += child.stdout.readlines()  # announced before the kill, not yet read by us
    child.wait()
    child.stdout.close()
    whole = [line.decode().split() for line in announced if line.endswith(b"\n")]
    return [(int(number), digest) for number, digest in whole]


def faults_after_crash(folder: Path, announced: list[tuple[int, str]]) -> list[str]:
    """Recover as a starting server does; what is then wrong with what was announced."""
    (place,) = find_recordings(folder)
    card = read_card(place / "recording.json")
    recover([folder], card, LATER_US)
    kept = read_recording([folder], card, whole=True)
    faults = chain_problems(kept)
    lines = [line for segment in kept.segments for line in segment.verdict.lines]
    found = {line.entry.number: line.digest.hex() for line in lines if isinstance(line.entry, FragmentEntry)}
    faults += [f"fragment {number} is not there" for number, digest in announced if found.get(number) != digest]
    if kept.end is None or kept.end.reason != CRASHED:
        faults.append("the recording has no end")
    last = lines[-1].entry if lines else None
    if not isinstance(last, GapEntry) or (last.reason, last.to_utc_us) != (CRASHED, LATER_US):
        faults.append("no gap is declared")
    for segment in kept.segments:
        fragments = segment.verdict.fragments()
        pictures, samples = decoded(segment.media)
        if len(pictures) != sum(entry.video for entry in fragments) or (fragments and not samples):
            faults.append(f"segment {segment.number} does not play")
    return faults


@pytest.mark.parametrize("seed", range(KILLS))
def test_announced_fragments_survive_a_kill(tmp_path: Path, seed: int) -> None:
    announced = run_and_kill(tmp_path, seed)
    assert announced
    assert faults_after_crash(tmp_path, announced) == []


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1_000, 1_200))
def test_announced_fragments_survive_many_kills(tmp_path: Path, seed: int) -> None:
    assert faults_after_crash(tmp_path, run_and_kill(tmp_path, seed)) == []


def test_the_harness_sees_a_writer_that_announces_too_early(tmp_path: Path) -> None:
    """Protection off: announced before it has left the process. This must be seen, or the test above proves nothing."""
    assert faults_after_crash(tmp_path, run_and_kill(tmp_path, 3, hasty=True)) != []
