"""Sends a package as a ZIP straight from the originals: a piece at a time, so a slow reader holds one piece."""

import os
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive.exports.limits import ExportLimits
from dispatch_server.archive.exports.package import Package, Source
from dispatch_server.archive.exports.refusals import SendersBusy
from dispatch_server.archive.exports.service import Sending
from dispatch_server.archive.exports.zip_layout import Stretch
from dispatch_server.runtime.objects import ObjectStore
from dispatch_server.runtime.threads import Kind, Threads

PIECE_BYTES = 1 << 20


class OriginalLost(OSError):
    """It is not what it was when the package was laid out: the download ends short, and is seen to be broken."""


@dataclass(slots=True)
class Sender:
    roots: Sequence[Path]
    objects: ObjectStore
    threads: Threads
    limits: ExportLimits
    sending: Sending

    def check_free(self) -> None:
        """Raises SendersBusy."""
        if len(self.sending.streams) >= self.limits.sending:
            raise SendersBusy

    async def parts(self, package: Package, first: int, count: int, link: str = "") -> AsyncIterator[bytes]:
        """Ends early, with an error, when the export is taken back or an original is not what it was."""
        token = self.sending.begin(package.export_id, link)
        try:
            for stretch in package.zip.stretches(first, count):
                if stretch.member < 0:
                    yield stretch.data
                    self.sending.count(package.export_id, len(stretch.data))
                    continue
                async for data in self._member(package, stretch):
                    if token not in self.sending.streams:
                        raise OriginalLost("the export was taken back")
                    yield data
                    self.sending.count(package.export_id, len(data))
        finally:
            self.sending.end(token, link)

    async def _member(self, package: Package, stretch: Stretch) -> AsyncIterator[bytes]:
        member, source = package.members[stretch.member], package.sources[stretch.member]
        crc32, is_whole = 0, stretch.count == member.bytes
        async for data in self._read(source, stretch.first, stretch.count):
            if is_whole:
                crc32 = zlib.crc32(data, crc32)
            yield data
        if is_whole and crc32 != member.crc32:
            raise OriginalLost(f"{member.name} is not what it was")

    async def _read(self, source: Source, first: int, count: int) -> AsyncIterator[bytes]:
        if source.root < 0:
            async for data in self.objects.read(source.place, source.first + first, count):
                yield data
            return
        path = self.roots[source.root] / source.place
        descriptor = await self.threads.run(Kind.DISK, os.open, path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            while count > 0:
                data = await self.threads.run(Kind.DISK, os.pread, descriptor, min(PIECE_BYTES, count), first)
                if not data:
                    raise OriginalLost(f"{path.name} is shorter than it was")
                first, count = first + len(data), count - len(data)
                yield data
        finally:
            os.close(descriptor)
