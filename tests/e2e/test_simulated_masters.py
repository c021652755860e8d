"""Simulated terminals that record: a killed server costs nothing, all of it is delivered, sealed and proved."""

import subprocess
import sys
from pathlib import Path

from dispatch_server.archive.folders import CARD, find_recordings, read_card
from dispatch_server.archive.seals.model import Trust
from dispatch_server.archive.seals.public_keys import read_jwk
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.protocol.footage import FragmentEntry, read_index, read_line
from terminals.device_key import DeviceKey
from terminals.master import folders
from tests.e2e.clips import ROOT
from tests.e2e.node import Node
from tests.waiting import until

COUNT, FPS = 3, 25


def delivered(folder: Path) -> str:
    """By the command that a dock would run."""
    settings = folder / "terminal.yaml"
    settings.write_text(f"server:\n  device_key_file: {folder / 'device-key.json'}\n")
    command = [sys.executable, "-m", "terminals", "deliver", "--config", str(settings)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pictures(indexes: list[Path]) -> int:
    entries = (read_line(line).entry for path in indexes for line in read_index(path.read_bytes())[0])
    return sum(entry.video for entry in entries if isinstance(entry, FragmentEntry))


def recorded(folder: Path) -> float:
    """Seconds in its masters."""
    return sum(pictures([path]) for path in folder.glob("master/*/[0-9]*.jsonl")) / FPS


def test_what_they_recorded_comes_whole_to_the_archive(node: Node, tmp_path: Path) -> None:
    masters = tmp_path / "masters"
    node.simulate(COUNT, masters)
    own = sorted(masters.glob("T*"))
    assert len(own) == COUNT
    until(lambda: len(list(masters.glob("T*/master/*/000001.sealed"))) == COUNT, 30, "each records")
    until(lambda: all(recorded(folder) > 5 for folder in own), 60, "five seconds of each")
    node.kill()
    until(lambda: all(recorded(folder) > 10 for folder in own), 60, "five more without a server")
    node.start()
    (simulator,) = node.terminals
    simulator.terminate()
    assert simulator.wait(30) == 0
    said = [delivered(folder) for folder in own]
    trust = Trust(devices=dict(read_jwk(DeviceKey.read(folder / "device-key.json").public) for folder in own))
    kept = {place.name: place for place in find_recordings(node.folder / "archive")}
    for folder in own:
        for master in folders.masters(folder / "master"):
            place = kept[master.name]
            assert read_card(place / CARD).source == folder.name
            found = verify_recording(place, trust)
            assert (found.faults, found.notes, found.proved) == ([], [], True)
            indexes = [sorted(one.glob("[0-9]*.jsonl")) for one in (master, place)]
            assert pictures(indexes[0]) == pictures(indexes[1]) > 0
    print("\n".join(line for lines in said for line in lines.splitlines() if "MB/s" in line))
