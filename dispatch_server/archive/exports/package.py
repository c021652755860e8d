"""What a package consists of, as it was laid out once: the same list gives the same bytes at every download."""

import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.archive.exports.model import Export
from dispatch_server.archive.exports.refusals import PackageLost
from dispatch_server.archive.exports.zip_layout import Member, ZipLayout
from dispatch_server.runtime.objects import ObjectAbsent, ObjectStore

FORM = "dispatch.export.layout.v1"
LAYOUT_LIMIT_BYTES = 128 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """Where a member's bytes lie: in a file below a root of the archive, or (`root` -1) in the documents' object."""

    root: int
    place: str
    first: int = 0


@dataclass(frozen=True, slots=True)
class Package:
    export_id: str
    utc_us: int
    members: tuple[Member, ...]
    sources: tuple[Source, ...]
    zip: ZipLayout

    @property
    def etag(self) -> str:
        """The bytes are laid out once and for all: its id says which."""
        return f'"{self.export_id}-{self.zip.total}"'


def lay_out(export_id: str, utc_us: int, members: list[tuple[Member, Source]]) -> Package:
    of_zip, sources = tuple(one for one, _ in members), tuple(one for _, one in members)
    return Package(export_id, utc_us, of_zip, sources, ZipLayout(of_zip, utc_us))


def write_layout(package: Package) -> bytes:
    members = [
        [member.name, member.bytes, member.crc32, source.root, source.place, source.first]
        for member, source in zip(package.members, package.sources, strict=True)
    ]
    form = {"form": FORM, "export": package.export_id, "utc_us": package.utc_us, "members": members}
    return json.dumps(form, ensure_ascii=False, separators=(",", ":")).encode()


def read_layout(data: bytes) -> Package:
    form: dict[str, Any] = json.loads(data)
    members = [
        (Member(name, size, crc32), Source(root, place, first))
        for name, size, crc32, root, place, first in form["members"]
    ]
    return lay_out(form["export"], form["utc_us"], members)


@dataclass(slots=True)
class Packages:
    """Layouts by export, the last few held in memory."""

    objects: ObjectStore
    most: int
    _held: OrderedDict[str, Package] = field(default_factory=OrderedDict)

    async def of(self, export: Export) -> Package:
        """Raises PackageLost."""
        found = self._held.get(export.layout)
        if found is None:
            found = read_layout(await self._read(export))
            self._held[export.layout] = found
        self._held.move_to_end(export.layout)
        while len(self._held) > self.most:
            self._held.popitem(last=False)
        return found

    async def _read(self, export: Export) -> bytes:
        try:
            if await self.objects.size(export.layout) > LAYOUT_LIMIT_BYTES:
                raise PackageLost
            data = b"".join([part async for part in self.objects.read(export.layout)])
        except ObjectAbsent:
            raise PackageLost from None
        if hashlib.sha256(data).hexdigest() != export.layout_digest:
            raise PackageLost
        return data
