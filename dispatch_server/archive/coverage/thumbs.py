"""Pictures along a recording: kept as it is made, or made from its key frames when somebody asks.

Derivative data: `thumbs.bin` and `thumbs.jsonl` are in no chain and no seal, and may be thrown away at any time.
"""

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.coverage.joint import Piece
from dispatch_server.archive.coverage.key_frames import first_picture, parameter_sets
from dispatch_server.archive.coverage.shelf import Shelf
from dispatch_server.archive.limits import SamplerLimits
from dispatch_server.archive.model import Recording
from dispatch_server.archive.picture_wire import Sample, Seen
from dispatch_server.archive.sampler import PictureDesk
from dispatch_server.kit.errors import DispatchError
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.runtime.threads import Kind, Threads

DATA, INDEX = "thumbs.bin", "thumbs.jsonl"
EVERY_US = 30_000_000
WIDTH = 160
MOST_OF_ONE = 2_000  # of one recording; ten hours have 1200
INDEX_LIMIT_BYTES = 1 << 20
FRAGMENT_LIMIT_BYTES = 8 << 20
CACHED = 500
AT_ONCE = 8
WAIT_S = 6.0


@dataclass(frozen=True, slots=True)
class Thumb:
    utc_us: int
    offset: int
    bytes: int


@dataclass(slots=True)
class Thumbs:
    shelf: Shelf
    threads: Threads
    desk: PictureDesk = field(init=False)  # of its own, so that nobody's asking delays the wall's stills
    _last: dict[str, int] = field(default_factory=dict)  # recording that is open → when the last one was kept
    _made: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict)
    _awaited: dict[str, asyncio.Future[bytes]] = field(default_factory=dict)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    failed: int = 0

    def __post_init__(self) -> None:
        self.desk = PictureDesk(SamplerLimits(width=WIDTH), self.decoded)

    # While it is recorded.

    async def seen(self, seen: Seen) -> None:
        """The sampler looked at a stream."""
        archive = self.shelf.archive
        found = archive.of_stream.get(seen.stream_id)
        if found is None or found.segment is None or seen.utc_us - self._last.get(found.id, 0) < EVERY_US:
            return
        self._last = {one: at for one, at in self._last.items() if one in archive.by_id} | {found.id: seen.utc_us}
        folder = self._folder(found.recording, found.segment.root)
        try:
            await self.threads.run(Kind.GENERAL, _append, folder, seen.utc_us, seen.jpeg)
        except (OSError, DispatchError):
            self.failed += 1  # the pictures can be made later

    # When somebody asks.

    async def list_of(self, recording: Recording) -> list[int]:
        """Moments of which there is, or can be made, a picture."""
        kept = {one.utc_us for _, one in await self._kept(recording)}
        moments, last = [], 0
        for piece in sorted(await self.shelf.pieces_of(recording), key=lambda one: one.from_utc_us):
            if piece.picture and piece.from_utc_us - last >= EVERY_US:
                near = [one for one in kept if 0 <= one - piece.from_utc_us < EVERY_US]
                moments.append(min(near) if near else piece.from_utc_us)
                last = piece.from_utc_us
        return moments[:MOST_OF_ONE]

    async def picture(self, recording: Recording, utc_us: int) -> bytes | None:
        for root, one in await self._kept(recording):
            if one.utc_us == utc_us:
                path = self._folder(recording, root) / DATA
                return await self.threads.run(Kind.DISK, _read, path, one.offset, one.bytes)
        key = (recording.card.id, utc_us)
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        # No other moment: who might choose it could see the whole recording without a purpose.
        if utc_us not in await self.list_of(recording):
            return None
        pieces = await self.shelf.pieces_of(recording)
        piece = next((one for one in pieces if one.from_utc_us == utc_us and one.picture), None)
        made = await self._make(recording, piece) if piece is not None else None
        if made is not None:
            self._made[key] = made
            while len(self._made) > CACHED:
                self._made.popitem(last=False)
        return made

    async def _make(self, recording: Recording, piece: Piece) -> bytes | None:
        segments = await self.shelf.segments_of(recording.card.id)
        segment = next((one for one in segments if one.number == piece.number), None)
        if segment is None or segment.root >= len(self.shelf.archive.roots):
            return None
        path = self._folder(recording, segment.root) / folders.media_name(piece.number)
        async with self._turn:
            try:
                length = min(piece.bytes, FRAGMENT_LIMIT_BYTES)
                init = await self.threads.run(Kind.DISK, _read, path, 0, piece.init_bytes)
                part = await self.threads.run(Kind.DISK, _read, path, piece.offset, length)
                sps, pps = parameter_sets(init)
                sample = Sample(
                    f"{recording.card.id}/{piece.from_utc_us}", piece.from_utc_us, sps, pps, first_picture(part)
                )
            except (OSError, MalformedFootage):
                self.failed += 1
                return None
            return await self._decoded(sample)

    async def _decoded(self, sample: Sample) -> bytes | None:
        """What the sandboxed worker makes of it; None for what it cannot decode, or not in time."""
        awaited = self._awaited.get(sample.stream_id)
        if awaited is None:
            awaited = self._awaited[sample.stream_id] = asyncio.get_running_loop().create_future()
            self.desk.offer(sample)
        try:
            return await asyncio.wait_for(asyncio.shield(awaited), WAIT_S)
        except TimeoutError:
            self.failed += 1
            return None
        finally:
            self._awaited.pop(sample.stream_id, None)

    async def decoded(self, seen: Seen) -> None:
        """The worker answers."""
        awaited = self._awaited.pop(seen.stream_id, None)
        if awaited is not None and not awaited.done():
            awaited.set_result(seen.jpeg)

    async def _kept(self, recording: Recording) -> list[tuple[int, Thumb]]:
        found = []
        for root in range(len(self.shelf.archive.roots)):
            folder = self._folder(recording, root)
            found += [(root, one) for one in await self.threads.run(Kind.DISK, _read_list, folder)]
        return found

    def _folder(self, recording: Recording, root: int) -> Path:
        return self.shelf.archive.roots[root] / folders.folder_of(recording.card)


def _append(folder: Path, utc_us: int, jpeg: bytes) -> None:
    """A line without its picture, or half a line, is passed over by the reader."""
    with (folder / DATA).open("ab") as data:
        offset = data.tell()
        data.write(jpeg)
    line = json.dumps({"utc_us": utc_us, "offset": offset, "bytes": len(jpeg)})
    with (folder / INDEX).open("a", encoding="ascii") as index:
        index.write(line + "\n")


def _read_list(folder: Path) -> list[Thumb]:
    try:
        with (folder / INDEX).open("rb") as file:
            lines = file.read(INDEX_LIMIT_BYTES).splitlines()
        size = (folder / DATA).stat().st_size
    except OSError:
        return []
    found = []
    for line in lines[:MOST_OF_ONE]:
        try:
            plain = json.loads(line)
            one = Thumb(int(plain["utc_us"]), int(plain["offset"]), int(plain["bytes"]))
        except (ValueError, KeyError, TypeError):
            continue
        if one.offset >= 0 and one.bytes > 0 and one.offset + one.bytes <= size:
            found.append(one)
    return found


def _read(path: Path, offset: int, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(count)
