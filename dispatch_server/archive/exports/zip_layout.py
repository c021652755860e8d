"""
Where each byte of a package lies: a ZIP of stored files (APPNOTE 6.3.10, ZIP64 where sizes need it), computed (pure).

Names, sizes and CRC-32 of all files are known beforehand, so that the length is known and any range can be sent again
with the same bytes.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

MOST_FILES = 200_000
_UTF8 = 0x800
_PLAIN, _LARGE = 20, 45  # version needed to extract
_FULL4, _FULL2 = 0xFFFFFFFF, 0xFFFF
_MADE_BY = 3 << 8 | _LARGE  # Unix
_MODE = 0o100644 << 16
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_END = struct.Struct("<4s4H2IH")


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    bytes: int
    crc32: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """`count` bytes of a member from `first` on; `data` instead where it is the ZIP's own structure."""

    member: int
    first: int
    count: int
    data: bytes = b""


class ZipLayout:
    """The whole file as heads, members and a directory behind them; `total` bytes long."""

    def __init__(self, members: Sequence[Member], utc_us: int) -> None:
        if len(members) > MOST_FILES:
            raise ValueError("too many files for one package")
        self._members = members
        self._moment = _dos_time(utc_us)
        lengths = [_head_bytes(one) + one.bytes for one in members]
        self._starts = list(accumulate(lengths, initial=0))
        self._directory = self._starts.pop()
        self._tail = b"".join(self._tail_parts())
        self.total = self._directory + len(self._tail)

    def stretches(self, first: int, count: int) -> Iterator[Stretch]:
        """What makes up these bytes, in order."""
        end = min(first + count, self.total)
        place = max(0, bisect_right(self._starts, first) - 1)
        for number in range(place, len(self._members)):
            start = self._starts[number]
            if start >= end:
                return
            yield from self._of_member(number, start, first, end)
        begin = max(first - self._directory, 0)
        data = self._tail[begin : max(end - self._directory, 0)]
        if data:
            yield Stretch(-1, 0, len(data), data)

    def _of_member(self, number: int, start: int, first: int, end: int) -> Iterator[Stretch]:
        member = self._members[number]
        length = _head_bytes(member)
        if first < start + length:
            data = _head(member, self._moment)[max(first - start, 0) : end - start]
            yield Stretch(-1, 0, len(data), data)
        begin = max(first - start - length, 0)
        count = min(end - start - length, member.bytes) - begin
        if count > 0:
            yield Stretch(number, begin, count)

    def _tail_parts(self) -> Iterator[bytes]:
        size = 0
        for member, start in zip(self._members, self._starts, strict=True):
            entry = _central(member, start, self._moment)
            size += len(entry)
            yield entry
        yield from _ends(len(self._members), size, self._directory)


def _dos_time(utc_us: int) -> tuple[int, int]:
    """Time and date as MS-DOS has them: two seconds fine, from 1980 on."""
    moment = max(datetime.fromtimestamp(utc_us // 1_000_000, UTC), datetime(1980, 1, 1, tzinfo=UTC))
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    return moment.hour << 11 | moment.minute << 5 | moment.second // 2, date


def _is_large(member: Member) -> bool:
    return member.bytes >= _FULL4


def _head_bytes(member: Member) -> int:
    return _LOCAL.size + len(member.name.encode()) + (20 if _is_large(member) else 0)


def _head(member: Member, moment: tuple[int, int]) -> bytes:
    name, large = member.name.encode(), _is_large(member)
    extra = struct.pack("<2H2Q", 1, 16, member.bytes, member.bytes) if large else b""
    size, version = (_FULL4, _LARGE) if large else (member.bytes, _PLAIN)
    head = _LOCAL.pack(b"PK\3\4", version, _UTF8, 0, *moment, member.crc32, size, size, len(name), len(extra))
    return head + name + extra


def _central(member: Member, start: int, moment: tuple[int, int]) -> bytes:
    name, large, far = member.name.encode(), _is_large(member), start >= _FULL4
    wide = [member.bytes, member.bytes] * large + [start] * far
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size = _FULL4 if large else member.bytes
    version = _LARGE if wide else _PLAIN
    entry = _CENTRAL.pack(
        b"PK\1\2", _MADE_BY, version, _UTF8, 0, *moment, member.crc32, size, size, len(name), len(extra),
        0, 0, 0, _MODE, _FULL4 if far else start,
    )  # fmt: skip
    return entry + name + extra


def _ends(count: int, size: int, start: int) -> Iterator[bytes]:
    if count >= _FULL2 or size >= _FULL4 or start >= _FULL4:
        yield _END64.pack(b"PK\6\6", _END64.size - 12, _MADE_BY, _LARGE, 0, 0, count, count, size, start)
        yield _LOCATOR.pack(b"PK\6\7", 0, start + size, 1)
    few, small, near = min(count, _FULL2), min(size, _FULL4), min(start, _FULL4)
    yield _END.pack(b"PK\5\6", 0, 0, few, few, small, near, 0)
