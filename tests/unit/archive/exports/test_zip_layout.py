"""The computed ZIP is one that other programs read, beyond 4 GiB and 65,535 files too; any range of it is the same."""

import io
import random
import zipfile
import zlib

import pytest

from dispatch_server.archive.exports.zip_layout import MOST_FILES, Member, ZipLayout

UTC_US = 1_764_000_000_000_000
CONTENT = {
    "a/manifest.json": b"{}",
    "a/数据说明.pdf": b"x" * 5000,
    "a/空.txt": b"",
    "a/r/000001.mp4": bytes(range(256)) * 40,
}


def layout_of(content: dict[str, bytes]) -> ZipLayout:
    return ZipLayout([Member(name, len(data), zlib.crc32(data)) for name, data in content.items()], UTC_US)


def bytes_of(layout: ZipLayout, content: dict[str, bytes], first: int, count: int) -> bytes:
    data = list(content.values())
    parts = []
    for one in layout.stretches(first, count):
        parts.append(one.data if one.member < 0 else data[one.member][one.first : one.first + one.count])
        assert len(parts[-1]) == one.count > 0
    return b"".join(parts)


def test_another_program_reads_it() -> None:
    layout = layout_of(CONTENT)
    data = bytes_of(layout, CONTENT, 0, layout.total)
    assert len(data) == layout.total
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        assert {name: package.read(name) for name in package.namelist()} == CONTENT
        assert all(one.compress_type == zipfile.ZIP_STORED and one.date_time[0] == 2025 for one in package.infolist())


def test_every_range_is_a_part_of_the_same_bytes() -> None:
    layout, chance = layout_of(CONTENT), random.Random(3)
    whole = bytes_of(layout, CONTENT, 0, layout.total)
    for _ in range(500):
        first = chance.randrange(layout.total)
        count = chance.randrange(1, layout.total)
        assert bytes_of(layout, CONTENT, first, count) == whole[first : first + count]
    assert list(layout.stretches(layout.total, 10)) == []


class Zeros(io.RawIOBase):
    """The package as a file, whose members are all zeros and lie nowhere."""

    def __init__(self, layout: ZipLayout) -> None:
        self._layout, self._at = layout, 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + {0: 0, 1: self._at, 2: self._layout.total}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, count: int = -1) -> bytes:
        count = self._layout.total - self._at if count < 0 else count
        found = b"".join(one.data or bytes(one.count) for one in self._layout.stretches(self._at, count))
        self._at += len(found)
        return found


@pytest.mark.parametrize("sizes", [(5 << 30, 10, 3 << 30), (3 << 30, 3 << 30, 7), (0xFFFFFFFF, 1), (0xFFFFFFFE, 1)])
def test_beyond_four_gibibytes(sizes: tuple[int, ...]) -> None:
    members = [Member(f"a/{number}", size, zlib.crc32(bytes(min(size, 10)))) for number, size in enumerate(sizes)]
    with zipfile.ZipFile(Zeros(ZipLayout(members, UTC_US))) as package:  # type: ignore[arg-type]
        assert [one.file_size for one in package.infolist()] == list(sizes)
        small = [one for one in members if one.bytes <= 10]
        assert [package.read(one.name) for one in small] == [bytes(one.bytes) for one in small]


def test_more_files_than_an_old_directory_counts() -> None:
    content = {f"a/{number}": b"" for number in range(70_000)}
    layout = layout_of(content)
    with zipfile.ZipFile(io.BytesIO(bytes_of(layout, content, 0, layout.total))) as package:
        assert len(package.namelist()) == 70_000
    with pytest.raises(ValueError, match="too many"):
        ZipLayout([Member("a", 0, 0)] * (MOST_FILES + 1), UTC_US)
