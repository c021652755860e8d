"""A purge that is killed at any point (reliability C2): never without a tombstone, never one that claims too much."""

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch_server.archive.folders import CARD, END
from dispatch_server.archive.retention.folder import RecordingFolder
from dispatch_server.archive.retention.purge import KEPT, SEAL, PurgeFails, purge, seal_of
from dispatch_server.archive.retention.tombstone import FORM, TOMBSTONE, Tombstone, read_tombstone

STONE = Tombstone(
    FORM, "recording-1", "13", "T1301", 1, 2, 3, 4, "ab", "cd", "key", "unlinked", 5, "list", "system", ["a", "b"], 8
)
PLACE = Path("2026", "01", "02", "recording-1")
MEDIA = ("000001.mp4", "000001.jsonl", "000001.sm3", "000002.mp4", "000002.jsonl", "000002.suspect", "thumbnail.jpg")


class Killed(BaseException):
    """The process is gone."""


class Counted(RecordingFolder):
    """Dies before its n-th step; half of a file may be written then."""

    left = 1 << 30

    def _step(self) -> None:
        Counted.left -= 1
        if Counted.left < 0:
            raise Killed

    def write_whole(self, name: str, data: bytes) -> None:
        try:
            self._step()
        except Killed:
            self_path = Path(self._root, self._place, f"{name}.new")
            self_path.write_bytes(data[: len(data) // 2])
            raise
        super().write_whole(name, data)
        self._step()

    def remove(self, name: str) -> None:
        self._step()
        super().remove(name)

    def sync(self) -> None:
        super().sync()
        self._step()


class Careless(Counted):
    """Protection off: the first tombstone is not written, or says at once that all is gone."""

    def write_whole(self, name: str, data: bytes) -> None:
        if not read_tombstone(data).is_over:
            self._step()
            return
        super().write_whole(name, data)


class Boasting(Counted):
    def write_whole(self, name: str, data: bytes) -> None:
        data = data.replace(b'"removed_utc_us": 0', b'"removed_utc_us": 9')
        super().write_whole(name, data)


def made(folder: Path, roots: int = 2) -> list[Path]:
    found = []
    for number in range(roots):
        root = folder / f"root{number}"
        (root / PLACE).mkdir(parents=True)
        for name in (CARD, END, SEAL, *MEDIA):
            (root / PLACE / name).write_bytes(name.encode())
        found.append(root)
    return found


def problems(roots: list[Path]) -> list[str]:
    """What a folder may never look like, whenever the process was killed."""
    found = []
    for root in roots:
        names = {path.name for path in (root / PLACE).iterdir()}
        stone = read_tombstone((root / PLACE / TOMBSTONE).read_bytes()) if TOMBSTONE in names else None
        missing = set(MEDIA) - names
        if missing and stone is None:
            found.append(f"{root.name}: gone without a tombstone: {missing}")
        if stone is not None and stone.is_over and len(missing) < len(MEDIA):
            found.append(f"{root.name}: called gone and still there")
        if not {CARD, END, SEAL} <= names:
            found.append(f"{root.name}: card, end or seal are gone")
    return found


def killed_at_every_point(folder: Path, kind: type[Counted]) -> tuple[int, list[str]]:
    """How many points there are, and what was wrong after the kill or after the next start."""
    found: list[str] = []
    for point in range(200):
        roots = made(folder / str(point))
        Counted.left = point
        try:
            purge(roots, PLACE, STONE, 9, kind)
            return point, found
        except Killed:
            found += problems(roots)
        Counted.left = 1 << 30
        purge(roots, PLACE, STONE, 9, kind)
        found += problems(roots)
        for root in roots:
            if {path.name for path in (root / PLACE).iterdir()} != {CARD, END, SEAL, TOMBSTONE}:
                found.append("the next start does not finish it")
    raise AssertionError("it has no end")


def test_killed_at_every_point(tmp_path: Path) -> None:
    points, found = killed_at_every_point(tmp_path, Counted)
    assert points > 20 and found == []


def test_the_harness_sees_a_purge_without_a_tombstone(tmp_path: Path) -> None:
    assert any("without a tombstone" in one for one in killed_at_every_point(tmp_path, Careless)[1])


def test_the_harness_sees_a_tombstone_that_claims_too_much(tmp_path: Path) -> None:
    assert any("still there" in one for one in killed_at_every_point(tmp_path, Boasting)[1])


def test_done_twice_is_done_once(tmp_path: Path) -> None:
    roots = made(tmp_path)
    assert purge(roots, PLACE, STONE, 9).files == 2 * len(MEDIA)
    assert purge(roots, PLACE, replace(STONE, decided_utc_us=99), 100).files == 0
    stone = read_tombstone((roots[0] / PLACE / TOMBSTONE).read_bytes())
    assert (stone.decided_utc_us, stone.removed_utc_us) == (8, 9)


def test_no_link_leads_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "000001.mp4").write_bytes(b"somebody else's")
    roots = made(tmp_path, 1)
    folder = roots[0] / PLACE
    (folder / "000003.mp4").symlink_to(outside / "000001.mp4")
    (folder / f"{TOMBSTONE}.new").symlink_to(outside / "000001.mp4")
    purge(roots, PLACE, STONE, 9)
    assert (outside / "000001.mp4").read_bytes() == b"somebody else's"
    assert not (folder / "000003.mp4").is_symlink()


@pytest.mark.parametrize("part", range(1, 5))
def test_a_link_on_the_way_is_refused(tmp_path: Path, part: int) -> None:
    roots = made(tmp_path, 1)
    real = tmp_path / "real"
    linked = roots[0].joinpath(*PLACE.parts[:part])
    linked.rename(real)
    linked.symlink_to(real)
    with pytest.raises(OSError):
        purge(roots, PLACE, STONE, 9)
    assert len(list(real.glob("**/*.mp4"))) == 2


def test_a_tombstone_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    roots = made(tmp_path, 1)
    outside = tmp_path / "outside"
    outside.write_bytes(b"x")
    (roots[0] / PLACE / TOMBSTONE).symlink_to(outside)
    with pytest.raises(OSError):
        purge(roots, PLACE, STONE, 9)
    assert outside.read_bytes() == b"x" and len(list((roots[0] / PLACE).glob("*.mp4"))) == 2


def test_what_is_not_ours_stops_it_before_anything_is_removed(tmp_path: Path) -> None:
    roots = made(tmp_path)
    (roots[1] / PLACE / "inner").mkdir()
    with pytest.raises(PurgeFails, match="inner"):
        purge(roots, PLACE, STONE, 9)
    assert all(len(list((root / PLACE).glob("*.mp4"))) == 2 for root in roots)
    with pytest.raises(PurgeFails, match="no folder"):
        purge([tmp_path / "root0"], Path("2026", "other"), STONE, 9)
    assert {CARD, END, SEAL, TOMBSTONE} < KEPT


def test_a_seal_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    roots = made(tmp_path)
    assert seal_of(roots, PLACE) is None and seal_of(roots, Path("x")) is None
