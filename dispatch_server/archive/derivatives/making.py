"""Makes what was asked for, one after the other: copies fragments, or has a child process decode them."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.catalog import RecordingUnknown
from dispatch_server.archive.derivatives.cutting import Cut, Piece, SourceFile, cut, moved, write_origin
from dispatch_server.archive.derivatives.decoding import Decoding, DecodingFailed
from dispatch_server.archive.derivatives.model import Derivative, Happening, Kind
from dispatch_server.archive.derivatives.refusals import FormChanges, NothingThere
from dispatch_server.archive.derivatives.service import DerivativeService
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import KeptRecording, announced, read_recording
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.scope import COUNTY
from dispatch_server.protocol.footage import FragmentEntry, MalformedFootage
from dispatch_server.runtime.objects import ObjectTooLarge
from dispatch_server.runtime.threads import Kind as Thread
from dispatch_server.runtime.threads import Threads

AT_ONCE = 20
SYSTEM = SystemCaller("derivatives")
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg"}
# What another look would meet again.
_LASTING: tuple[type[Exception], ...] = (
    OSError, TimeoutError, MalformedFootage, RecordingUnknown, NothingThere, FormChanges, DecodingFailed,
    ObjectTooLarge,
)  # fmt: skip
STILL_SPAN_US = 1  # the fragment in which the moment lies, and those back to its key frame


@dataclass(frozen=True, slots=True)
class Original:
    """One recording's files, ready to be cut."""

    folders: dict[int, Path]  # segment → where it lies
    cut: Cut
    chain: str

    def read(self, piece: Piece) -> bytes:
        """As it lies in the original, and only if it is what was kept. Blocks."""
        with (self.folders[piece.segment] / folders.media_name(piece.segment)).open("rb") as file:
            file.seek(piece.entry.offset)
            data = file.read(piece.entry.bytes)
        if hashlib.sha256(data).digest() != piece.digest:
            raise MalformedFootage("the original is not what was kept")
        return moved(data, piece.shift_us, self.cut.rates)


@dataclass(slots=True)
class Making:
    """`run` goes on beside."""

    service: DerivativeService
    roots: Sequence[Path]
    decoding: Decoding
    threads: Threads
    report: Callable[[str, BaseException], None]
    progress: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Until it is cancelled; what was asked for before a restart is taken up again."""
        while True:
            await self.look()
            self.service.wake.clear()
            try:
                async with asyncio.timeout(self.service.limits.look_s):
                    await self.service.wake.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        for one in await self.service.store.waiting(AT_ONCE):
            try:
                async with asyncio.timeout(self.service.limits.making_s):
                    await self._make(one)
            except _LASTING as error:
                one.note = str(error) or "it took too long"
                await self._finish(one, Happening.FAIL)
            except DispatchError as error:  # the database or a thread is busy: again at the next look
                self.report("making a derivative", error)
            finally:
                self.progress.pop(one.id, None)

    async def _make(self, one: Derivative) -> None:
        recording = await self.service.catalog.find(one.recording_id, COUNTY)
        await self.service.catalog.media_here(recording)
        to_utc_us = one.asked_to_utc_us if one.kind is not Kind.STILL else one.asked_from_utc_us + STILL_SPAN_US
        original = await self.threads.run(
            Thread.GENERAL, original_of, self.roots, recording.card, one.asked_from_utc_us, to_utc_us
        )
        made = original.cut
        one.chain, one.original_digest = original.chain, made.original_digest
        one.from_utc_us, one.to_utc_us = made.from_utc_us, made.to_utc_us
        digests: list[str] = []
        whole, content = hashlib.sha256(), self.service.new_id()
        if one.kind is Kind.CLIP:
            parts = self._copied(one, original, digests)
            one.bytes = await self.service.objects.create(content, _digested(parts, whole))
            one.media_type = "video/mp4"
        else:
            if one.kind is Kind.STILL:
                one.from_utc_us = one.to_utc_us = one.asked_from_utc_us
            async with self.decoding.opened(one, original, self._tell) as parts:
                one.bytes = await self.service.objects.create(content, _digested(parts, whole))
            digests = [piece.digest.hex() for piece in made.pieces]
            one.media_type = MEDIA_TYPES[one.picture] if one.kind is Kind.STILL else "video/mp4"
        one.content, one.sha256 = content, whole.hexdigest()
        one.origin = await self._write_origin(one, made, digests)
        await self._finish(one, Happening.MAKE)

    def _copied(self, one: Derivative, original: Original, digests: list[str]) -> Iterator[bytes]:
        yield original.cut.init
        count = len(original.cut.pieces)
        for number, piece in enumerate(original.cut.pieces, 1):
            data = original.read(piece)
            digests.append(hashlib.sha256(data).hexdigest())
            self._tell(one, number / count)
            yield data

    def _tell(self, one: Derivative, share: float) -> None:
        self.progress[one.id] = share

    async def _write_origin(self, one: Derivative, made: Cut, digests: Sequence[str]) -> str:
        about = {
            "derivative": one.id,
            "kind": one.kind.value,
            "recording": one.recording_id,
            "chain": one.chain,
            "sha256": one.sha256,
            "asked_from_utc_us": one.asked_from_utc_us,
            "asked_to_utc_us": one.asked_to_utc_us,
            "from_utc_us": one.from_utc_us,
            "to_utc_us": one.to_utc_us,
            "made_by": one.made_name,
            "made_utc_us": one.made_utc_us,
        }
        key = self.service.new_id()
        await self.service.objects.create(key, [write_origin(made, about, digests)])
        return key

    async def _finish(self, one: Derivative, what: Happening) -> None:
        one.happens(what)
        async with self.service.store.database.transaction() as connection:
            await self.service.store.finish(connection, one)
            await self.service.recorder.enter(
                SYSTEM,
                f"derivative.{one.state.value}",
                f"recording:{one.recording_id}",
                department=one.department,
                connection=connection,
                derivative=one.id,
                sha256=one.sha256,
                why=one.note,
            )


def original_of(roots: Sequence[Path], card: Card, from_utc_us: int, to_utc_us: int) -> Original:
    """Blocks. Raises OSError, MalformedFootage, NothingThere, FormChanges."""
    kept: KeptRecording = read_recording(roots, card)
    if kept.end is None:
        raise MalformedFootage("the recording has no end")
    files, places = [], {}
    for segment, lines in announced(kept):
        head = segment.verdict.head
        entries = [line.entry for line in lines if isinstance(line.entry, FragmentEntry)]
        if head is None or not entries or entries[0].utc_us >= to_utc_us:
            continue
        if entries[-1].utc_us + entries[-1].duration_us <= from_utc_us:
            continue
        with segment.media.open("rb") as file:
            init = file.read(head.bytes)
        if hashlib.sha256(init).digest() != lines[0].digest:
            raise MalformedFootage("the original is not what was kept")
        fragments = tuple(line for line in lines if isinstance(line.entry, FragmentEntry))
        files.append(SourceFile(head, fragments, init))
        places[head.number] = segment.folder
    return Original(places, cut(files, from_utc_us, to_utc_us), kept.end.chain)


def _digested(parts: Iterator[bytes], whole: "hashlib._Hash") -> Iterator[bytes]:
    for data in parts:
        whole.update(data)
        yield data
