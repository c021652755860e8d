"""Every random change to a sealed recording is found, and an untouched one is never accused (reliability E1)."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch_server.archive.seals.model import Findings
from dispatch_server.archive.seals.verify import verify_recording
from tests.integration.archive.tampering import CHANGES, flip
from tests.unit.archive.seals.made import TRUST, closed, seal

SAMPLE, MATRIX = 400, 10_000
CLEAN, CLEAN_MATRIX = 40, 1_000


@pytest.fixture
def originals(tmp_path: Path) -> list[Path]:
    """With and without the SM3 chain."""
    made = []
    for with_sm3 in (False, True):
        folder = closed(tmp_path / f"original-{with_sm3}", seed=1)
        seal(folder, with_sm3)
        made.append(folder)
    return made


def unseen(originals: list[Path], work: Path, seeds: range, reads: bool = True) -> Iterator[str]:
    """Changes that verify does not find."""
    for seed in seeds:
        chance = random.Random(seed)
        folder = work / str(seed)
        shutil.copytree(originals[seed % 2], folder)
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        what = chance.choice(CHANGES)(folder, chance)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} != before, what
        if accused(folder, reads).is_whole:
            yield f"seed {seed}: {what}"
        shutil.rmtree(folder)


def accused(folder: Path, reads: bool = True) -> Findings:
    return verify_recording(folder, TRUST, reads=reads)


def test_every_change_is_found(originals: list[Path], tmp_path: Path) -> None:
    assert list(unseen(originals, tmp_path, range(SAMPLE))) == []


@pytest.mark.faults
def test_every_change_of_many_is_found(originals: list[Path], tmp_path: Path) -> None:
    assert list(unseen(originals, tmp_path, range(SAMPLE, SAMPLE + MATRIX))) == []


def test_the_harness_sees_a_verifier_that_skips_the_bytes(originals: list[Path], tmp_path: Path) -> None:
    """Protection off: only what the index says of itself is checked."""
    missed = list(unseen(originals, tmp_path, range(120), reads=False))
    assert any("mp4" in what for what in missed), missed


def clean_run(folder: Path, seed: int) -> Findings:
    chance = random.Random(seed)
    closed(folder, seed, segments=chance.randrange(0, 5), fragments=chance.randrange(1, 9))
    made = seal(folder, with_sm3 := chance.random() < 0.5)
    assert made.findings.is_whole and bool(made.seal and made.seal.sm3) is with_sm3
    return accused(folder)


@pytest.mark.parametrize("seeds", [range(CLEAN), pytest.param(range(CLEAN_MATRIX), marks=pytest.mark.faults)])
def test_nothing_untouched_is_accused(tmp_path: Path, seeds: range) -> None:
    for seed in seeds:
        found = clean_run(tmp_path / str(seed), seed)
        assert (found.faults, found.notes, found.proved) == ([], [], True), seed


def test_a_flipped_byte_is_placed(originals: list[Path]) -> None:
    media = originals[0] / "000002.mp4"
    data = bytearray(media.read_bytes())
    data[-1] ^= 1
    media.write_bytes(data)
    (fault,) = accused(originals[0]).faults
    said = fault.said()
    assert said.startswith("segment 2, fragment 8, bytes ") and said.endswith("the bytes are not those that were kept")
    assert f"–{len(data) - 1}, 2025-11-24 16:00:07 UTC" in said


def test_damage_in_two_places_is_told_twice(originals: list[Path]) -> None:
    for name in ("000001.mp4", "000003.mp4"):
        media = originals[0] / name
        media.write_bytes(media.read_bytes()[:-1] + b"?")
    assert [fault.place.fragment for fault in accused(originals[0]).faults] == [4, 12]


def test_a_flip_changes_one_bit(originals: list[Path]) -> None:
    before = b"".join(path.read_bytes() for path in sorted(originals[0].iterdir()))
    flip(originals[0], random.Random(1))
    after = b"".join(path.read_bytes() for path in sorted(originals[0].iterdir()))
    assert sum((one ^ other).bit_count() for one, other in zip(before, after, strict=True)) == 1
