"""A terminal's disk that fails once: all that was announced is delivered, and verifies where it arrives."""

import errno
from pathlib import Path

import pytest

from dispatch_server.archive import folders as kept_folders
from dispatch_server.archive.disk import LocalDisk
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import chain_problems, read_recording
from dispatch_server.archive.uploads.announcing import Announcing
from dispatch_server.archive.uploads.ending import check_end
from dispatch_server.archive.uploads.intake import take
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.refusals import IndexRefused
from dispatch_server.media.recording.jobs import Job
from dispatch_server.protocol.seals import read_seal
from terminals.device_key import DeviceKey
from terminals.master import folders, sealing
from terminals.master.disk import AppendFile, OwnDisk, OwnFile
from terminals.master.proving import prove_folder
from terminals.master.recovery import recover
from tests.integration.terminals.footage import ServerSide, device
from tests.integration.terminals.sounds import Written, at, begin, close

JOBS: list[Job] = [begin(0), at(0), at(1), begin(2), at(2), at(3), at(4)]
SYNCS = 11  # two for each fragment; the last one of a run that met a fault is of the segment that it began


class LyingDisk(OwnDisk):
    """The Nth sync fails; what it was to make durable lies there all the same, as it may after an EIO."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def create(self, path: Path) -> AppendFile:
        return _LyingFile(self, path)


class _LyingFile(OwnFile):
    def __init__(self, disk: LyingDisk, path: Path) -> None:
        super().__init__(path)
        self._disk, self._failed = disk, False

    def cut(self, size: int) -> None:
        if self._failed:
            raise OSError(errno.EIO, "no such luck either")
        super().cut(size)

    def sync(self) -> None:
        self._disk.left -= 1
        if self._disk.left == 0:
            self._failed = True
            raise OSError(errno.EIO, "no such luck")
        super().sync()


class Arrived:
    """The server's side of it, each step as the server does it. Raises what the server refuses with."""

    def __init__(self, folder: Path, server: ServerSide, root: Path, whole_indexes: bool = False) -> None:
        self.root = root
        self.card = Card(**folders.read_card(folder).model_dump(exclude={"format"}))
        announcing = Announcing(None, None, UploadLimits())  # type: ignore[arg-type]
        announced: list[AnnouncedSegment] = []
        read = folders.read_index if whole_indexes else folders.announced_index
        for number in folders.segment_numbers(folder):
            index = read(folder, number)
            announced.append(announcing.read(self.card.id, number, index, announced[-1] if announced else None))
            with (folder / folders.sealed_name(number)).open("rb") as sealed:
                assert folders.size_of(folder / folders.sealed_name(number)) >= announced[-1].sealed_bytes
                take(sealed, index, self.card, number, (0, root), server.footage, LocalDisk())
        end = folders.read_end(folder)
        assert end is not None
        kept_end = kept_folders.End(**end.model_dump())
        check_end(self.card.id, kept_end, read_seal((folder / folders.SEAL).read_bytes()), announced)
        place = root / kept_folders.folder_of(self.card)
        (place / kept_folders.END).write_bytes(kept_folders.write_end(kept_end))

    def fragments(self) -> list[int]:
        """Those that are there and hold, byte by byte."""
        kept = read_recording([self.root], self.card, whole=True)
        assert chain_problems(kept) == []
        return [entry.number for segment in kept.segments for entry in segment.verdict.fragments()]


@pytest.fixture(scope="module")
def key() -> DeviceKey:
    return device()


@pytest.mark.parametrize("nth", range(1, SYNCS + 1))
def test_what_was_announced_arrives(tmp_path: Path, key: DeviceKey, nth: int) -> None:
    server = ServerSide()
    written = Written(tmp_path / "device", [*JOBS, close(5)], server, key, LyingDisk(nth))
    announced = [entry.number for _, entry in written.announced]
    assert Arrived(written.folder, server, tmp_path / "server").fragments() == announced
    assert [words for words in prove_folder(written.folder, key) if "disk failed" not in words] == []


@pytest.mark.parametrize("nth", range(3, SYNCS + 1))
def test_it_arrives_also_when_the_device_was_killed_afterwards(tmp_path: Path, key: DeviceKey, nth: int) -> None:
    server = ServerSide()
    written = Written(tmp_path / "device", JOBS, server, key, LyingDisk(nth))
    announced = [entry.number for _, entry in written.announced]
    recover(tmp_path / "device", OwnDisk(), key, 1_800_000_000_000_000)
    # A line that is whole counts after a kill, though it was not announced any more.
    fragments = Arrived(written.folder, server, tmp_path / "server").fragments()
    assert fragments[: len(announced)] == announced
    assert [words for words in prove_folder(written.folder, key) if "disk failed" not in words] == []


def test_the_harness_sees_a_terminal_that_tells_what_it_did_not_announce(
    tmp_path: Path, key: DeviceKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, refused = ServerSide(), 0
    monkeypatch.setattr(sealing, "tidy", lambda folder, disk, chain: None)
    for nth in range(3, 7):
        written = Written(tmp_path / f"device{nth}", [*JOBS, close(5)], server, key, LyingDisk(nth))
        try:
            Arrived(written.folder, server, tmp_path / f"server{nth}", whole_indexes=True)
        except IndexRefused:
            refused += 1
    assert refused


def test_nothing_is_told_of_a_segment_before_it_is_followed(tmp_path: Path, key: DeviceKey) -> None:
    written = Written(tmp_path / "device", JOBS, ServerSide(), key)
    assert folders.follower(written.folder, 1) is not None and folders.follower(written.folder, 2) is None
    (written.folder / folders.index_name(3)).write_bytes(b"")
    assert folders.follower(written.folder, 2) is None
