"""Killed at any moment: what was announced is there, opens, and its recording is closed and sealed at the start."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import is_signed, read_seal
from terminals.device_key import DeviceKey
from terminals.master import folders
from terminals.master.disk import OwnDisk
from terminals.master.proving import prove_folder
from terminals.master.recovery import CRASHED, recover
from tests.integration.terminals.footage import ServerSide, checked, device, master_in, record

ROOT = Path(__file__).resolve().parents[3]
KILLS, MANY_KILLS = 6, 200
pytestmark = pytest.mark.timeout(180)


def killed(root: Path, key_file: Path, server: ServerSide, after: int, pause_s: float, fault: str = "") -> int:
    """How many fragments were announced before the kill, over all masters of that run."""
    private = server.footage.private_bytes_raw().hex()
    command = [sys.executable, "-m", "tests.integration.terminals.recording_child"]
    child = subprocess.Popen([*command, str(root), str(key_file), private, fault], cwd=ROOT, stdout=subprocess.PIPE)
    assert child.stdout is not None
    lines = 0
    for _ in child.stdout:
        lines += 1
        if lines >= after:
            break
    threading.Event().wait(pause_s)  # somewhere in what follows
    os.kill(child.pid, signal.SIGKILL)
    lines += len(child.stdout.read().splitlines())
    child.stdout.close()
    child.wait(10)
    return lines


def kept_after(root: Path, server: ServerSide, key: DeviceKey) -> int:
    """Fragments that open and hold, after recovery. Raises MalformedFootage, AssertionError."""
    recover(root, OwnDisk(), key, 1_800_000_000_000_000)
    count = 0
    for folder in folders.masters(root):
        count += len(checked(folder, server))
        assert prove_folder(folder, key) == []
        assert prove_folder(folder, device()) != []
        seal, end = read_seal((folder / folders.SEAL).read_bytes()), folders.read_end(folder)
        assert is_signed(seal, key.key.public_key) and end is not None and seal.chain == end.chain
    return count


def test_nothing_announced_is_lost_at_any_kill(tmp_path: Path) -> None:
    server, key, rng = ServerSide(), device(), random.Random(11)
    key.write(tmp_path / "key")
    for turn in range(KILLS):
        root = tmp_path / str(turn)
        announced = killed(root, tmp_path / "key", server, rng.randint(1, 30), rng.random() * 0.02)
        assert kept_after(root, server, key) >= announced > 0
        crashed = [end for folder in folders.masters(root) if (end := folders.read_end(folder))]
        assert sum(end.reason == CRASHED for end in crashed) <= 1
        assert recover(root, OwnDisk(), key, 1_900_000_000_000_000) == []


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_nothing_announced_is_lost_at_hundreds_of_kills(tmp_path: Path) -> None:
    """Real processes and a real SIGKILL at random (reliability C1)."""
    server, key, rng = ServerSide(), device(), random.Random(12)
    key.write(tmp_path / "key")
    announced = lost = kills = 0
    for turn in range(MANY_KILLS):
        root = tmp_path / str(turn)
        told = killed(root, tmp_path / "key", server, rng.randint(1, 30), rng.random() * 0.02)
        kept = kept_after(root, server, key)
        announced, kills, lost = announced + told, kills + 1, lost + max(0, told - kept)
        shutil.rmtree(root)
    print(f"\nterminal recorder: {kills} kills, {announced} announced fragments, {lost} lost")
    assert lost == 0 and announced > 0


def test_without_the_sync_the_harness_sees_the_loss(tmp_path: Path) -> None:
    server, key = ServerSide(), device()
    key.write(tmp_path / "key")
    announced = killed(tmp_path / "m", tmp_path / "key", server, 3, 0.0, "no sync")
    assert kept_after(tmp_path / "m", server, key) < announced


def test_with_the_order_reversed_the_harness_sees_what_does_not_open(tmp_path: Path) -> None:
    """The state between the two syncs, which a kill meets sooner or later: a line whose bytes never came."""
    server, key = ServerSide(), device()
    record(master_in(tmp_path, server, key), 4)
    (folder,) = folders.masters(tmp_path)
    (folder / folders.END).unlink()
    (folder / folders.SEAL).unlink()
    last = folders.segment_numbers(folder)[-1]
    sealed = folder / folders.sealed_name(last)
    os.truncate(sealed, sealed.stat().st_size - 100)
    with pytest.raises((MalformedFootage, AssertionError)):
        kept_after(tmp_path, server, key)
    assert (folder / folders.suspect_name(last)).exists(), "said to be suspect, and left as it is"


def test_half_a_line_and_bytes_that_no_line_describes_count_for_nothing(tmp_path: Path) -> None:
    server, key = ServerSide(), device()
    record(master_in(tmp_path, server, key), 4)
    (folder,) = folders.masters(tmp_path)
    before = len(checked(folder, server))
    (folder / folders.END).unlink()
    (folder / folders.SEAL).unlink()
    last = folders.segment_numbers(folder)[-1]
    with (folder / folders.index_name(last)).open("ab") as index:
        index.write(b'{"kind":"fragment","num')
    with (folder / folders.sealed_name(last)).open("ab") as sealed:
        sealed.write(os.urandom(1000))
    (folder / folders.sealed_name(last + 1)).write_bytes(b"orphan")
    assert kept_after(tmp_path, server, key) == before
    end = folders.read_end(folder)
    assert end is not None and end.reason == CRASHED and end.missing_from_utc_us > 0


def test_a_crash_in_the_middle_of_the_recovery_declares_one_gap(tmp_path: Path) -> None:
    server, key = ServerSide(), device()
    record(master_in(tmp_path, server, key), 4)
    (folder,) = folders.masters(tmp_path)
    for _ in range(2):
        (folder / folders.END).unlink()
        (folder / folders.SEAL).unlink()
        kept_after(tmp_path, server, key)
    last = folders.segment_numbers(folder)[-1]
    gaps = folders.verdict_of(folder, last).gaps()
    assert [gap.reason for gap in gaps] == [CRASHED]
