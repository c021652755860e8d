"""Makes approved exports ready: waits for seals, digests each original once, writes the documents, lays the ZIP out."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dispatch_server.archive.catalog import RecordingUnknown
from dispatch_server.archive.exports import actions
from dispatch_server.archive.exports import manifest as form
from dispatch_server.archive.exports.content import Facts, facts_of, seal_of
from dispatch_server.archive.exports.data_sheet import FontMissing, SheetFacts, data_sheet
from dispatch_server.archive.exports.digests import Digesting, Digests, digests_of
from dispatch_server.archive.exports.manifest import Heading, ManifestRecording, write_manifest, write_signature
from dispatch_server.archive.exports.model import Export, Happening, Of, State
from dispatch_server.archive.exports.package import Package, Source, lay_out, write_layout
from dispatch_server.archive.exports.ports import CustodyPort, EvidenceKeyPort, OriginalsPort, Story
from dispatch_server.archive.exports.refusals import ExportNotSo
from dispatch_server.archive.exports.service import ExportService
from dispatch_server.archive.exports.transcript import transcript
from dispatch_server.archive.exports.verifier_page import verifier_page
from dispatch_server.archive.exports.zip_layout import Member
from dispatch_server.archive.model import Recording
from dispatch_server.archive.model import State as Kept
from dispatch_server.archive.ports import NamesPort
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.kit.errors import DispatchError, LocalFault
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.runtime.objects import ObjectStore, ObjectTooLarge
from dispatch_server.runtime.threads import Kind, Threads

AT_ONCE = 50
SYSTEM = SystemCaller("exports")


class OriginalChanged(LocalFault):
    def __init__(self, name: str) -> None:
        super().__init__("original_changed", f"{name} changed while it was read.")


class OriginalForged(LocalFault):
    def __init__(self, recording: str, what: str) -> None:
        super().__init__("original_forged", f"{recording} is not what was sealed: {what}")


# What another look would meet again.
_LASTING: tuple[type[Exception], ...] = (
    OSError,
    MalformedFootage,
    RecordingUnknown,
    ObjectTooLarge,
    FontMissing,
    OriginalChanged,
    OriginalForged,
)


@dataclass(slots=True)
class Preparing:
    """`run` goes on beside; one export after the other, oldest first."""

    service: ExportService
    roots: Sequence[Path]
    names: NamesPort
    key: Callable[[], EvidenceKeyPort]
    custody: CustodyPort
    originals: OriginalsPort
    objects: ObjectStore
    threads: Threads
    report: Callable[[str, BaseException], None]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    progress: dict[str, tuple[int, int]] = field(default_factory=dict)  # bytes digested, bytes in all

    async def run(self) -> None:
        """Until it is cancelled. What was approved before a restart is taken up again."""
        while True:
            await self.look()
            self.wake.clear()
            try:
                async with asyncio.timeout(self.service.limits.look_s):
                    await self.wake.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Once over all that wait."""
        await self.service.expire()
        for export in await self.service.store.in_state(State.APPROVED, AT_ONCE):
            try:
                await self._one(export)
            except ExportNotSo:
                continue  # taken back meanwhile
            except _LASTING as error:
                await self._fail(export, str(error))
            except DispatchError as error:  # the database or a thread is busy: again at the next look
                self.report("preparing an export", error)
            finally:
                self.progress.pop(export.id, None)

    async def _one(self, export: Export) -> None:
        recordings = await self.service.originals(export)
        unsealed = [one for one in recordings if not await self._is_sealed(one)]
        if unsealed:
            names = ", ".join(one.card.id for one in unsealed[:5])
            await self._wait(export, f"waits for the seal of {len(unsealed)} recordings", f"not sealed: {names}")
            return
        if export.asking.mode == "view":
            await self._is_ready(export)
            return
        lacking = [(one.card.id, found) for one in recordings if (found := await self.originals.lacking(one))]
        if lacking:
            names = "; ".join(f"{name}: {', '.join(map(str, numbers[:20]))}" for name, numbers in lacking[:5])
            await self._wait(export, f"waits for segments of {names}", f"segments never came, of {names}")
            return
        await self._make(export, [await self._facts(one) for one in recordings])

    async def _facts(self, recording: Recording) -> Facts:
        """
        Read whole before anything is signed. Bytes that a disk lost are told in the package; what somebody rewrote does
        not leave. Raises OriginalForged.
        """
        await self.service.catalog.media_here(recording)
        found = await self.originals.read(recording)
        if found.broken_seal:
            raise OriginalForged(recording.card.id, found.said())
        facts = await self.threads.run(Kind.GENERAL, facts_of, self.roots, recording.card)
        return replace(facts, problems=tuple(dict.fromkeys((*facts.problems, *(one.said() for one in found.faults)))))

    async def _is_sealed(self, recording: Recording) -> bool:
        if recording.state in (Kept.SEALED, Kept.HELD):
            return True
        return await self.threads.run(Kind.GENERAL, seal_of, self.roots, recording.card) is not None

    async def _wait(self, export: Export, note: str, too_long: str) -> None:
        utc_us, note = self.service.world.utc_us(), note[:400]
        if utc_us - export.decided_utc_us > self.service.limits.seal_wait_us:
            await self._fail(export, too_long)
            return
        if export.note != note:
            await self.service.store.note(export.id, note)

    async def _make(self, export: Export, facts: Sequence[Facts]) -> None:
        found = {one.card.id: await self._digests(export.id, facts, one) for one in facts}
        documents = await self._documents(export, facts)
        heading, key = self._heading(export), self.key()
        listed = [(name, digests_of(data, self.service.limits.with_sm3)) for name, data in documents]
        listed += [(_path(one, name), digests) for one in facts for name, _, digests in found[one.card.id]]
        signed = write_manifest(heading, listed, [_of_manifest(one) for one in facts], key)
        documents = [(form.MANIFEST, signed), (form.SIGNATURE, write_signature(signed, key)), *documents]
        stored = await self._store(b"".join(data for _, data in documents))
        members = _document_members(export.id, documents, stored)
        for one in facts:
            for name, source, digests in found[one.card.id]:
                member = Member(f"{export.id}/{_path(one, name)}", digests.bytes, digests.crc32)
                members.append((member, source))
        package = await self.threads.run(Kind.GENERAL, lay_out, export.id, heading.made_utc_us, members)
        await self._is_ready(export, package, hashlib.sha256(signed).hexdigest())

    async def _is_ready(self, export: Export, package: Package | None = None, digest: str = "") -> None:
        export.ready_utc_us, export.note, export.manifest_digest = self.service.world.utc_us(), "", digest
        if package is not None:
            layout = write_layout(package)
            export.bytes, export.layout_digest = package.zip.total, hashlib.sha256(layout).hexdigest()
            export.layout = await self._store(layout)
        await self.service.move(
            SYSTEM, actions.READY, export, Happening.PREPARE, bytes=export.bytes, manifest_sha256=digest
        )

    async def _fail(self, export: Export, why: str) -> None:
        export.note = why[:400]
        await self.service.move(SYSTEM, "export.fail", export, Happening.FAIL, why=export.note)

    async def _digests(self, export_id: str, facts: Sequence[Facts], one: Facts) -> list[tuple[str, Source, Digests]]:
        """Each original is read once, some megabytes at a time, so that a thread is never held for long."""
        total = sum(file.bytes for each in facts for file in each.files)
        found = []
        for file in one.files:
            path = self.roots[file.root] / file.place
            digesting = Digesting(path, self.service.limits.with_sm3)
            done, _ = self.progress.get(export_id, (0, total))
            while not await self.threads.run(Kind.GENERAL, digesting.step):
                self.progress[export_id] = (done + digesting.at, total)
            self.progress[export_id] = (done + digesting.at, total)
            if digesting.at != file.bytes:
                raise OriginalChanged(file.place)
            found.append((file.name, Source(file.root, file.place), digesting.result()))
        return found

    async def _documents(self, export: Export, facts: Sequence[Facts]) -> list[tuple[str, bytes]]:
        asking, story = export.asking, Story()
        if asking.of is not Of.RECORDINGS:
            story = await self.service.subjects.story_of(asking.of, asking.subject)
        custody = await self.custody.acts_about(export.subjects())
        heading = self._heading(export)
        sheet = SheetFacts(
            heading=heading,
            department=self.names.department_names(export.department)[0],
            recordings=facts,
            names=[self.names.terminal_name(one.card.source) for one in facts],
            story=story,
            thumbprint=self.key().thumbprint,
            acts=len(custody["acts"]),
            left_out=export.left_out,
        )
        pdf = await self.threads.run(Kind.GENERAL, data_sheet, sheet, self.service.limits.fonts_folder)
        found = [(form.PAGE, verifier_page()), (form.SHEET, pdf), (form.CUSTODY, _json(custody))]
        if story.coverage or story.steps or story.notes:
            told = {"coverage": story.coverage, "steps": story.steps, "notes": story.notes}
            found.append((form.COVERAGE, _json({"form": "dispatch.export.coverage.v1", **told})))
        found.append((form.TRANSCRIPT, transcript(heading, facts)))
        return found

    async def _store(self, data: bytes) -> str:
        """A new key each time: an attempt that was cut off leaves an object that nothing names."""
        key = self.service.new_id()
        await self.objects.create(key, [data])
        return key

    def _heading(self, export: Export) -> Heading:
        asking = export.asking
        return Heading(
            export.id, self.service.world.utc_us(), export.requested_name, export.decided_name, asking.purpose,
            asking.recipient, export.department,
        )  # fmt: skip


def _path(one: Facts, name: str) -> str:
    return f"{form.RECORDINGS}/{one.card.id}/{name}"


def _of_manifest(one: Facts) -> ManifestRecording:
    key = one.seal.key if one.seal is not None else ""
    return ManifestRecording(one.card.id, one.segments, one.fragments, one.chain, one.seal is not None, key)


def _document_members(export_id: str, documents: Sequence[tuple[str, bytes]], key: str) -> list[tuple[Member, Source]]:
    members, at = [], 0
    for name, data in documents:
        crc32 = digests_of(data, False).crc32
        members.append((Member(f"{export_id}/{name}", len(data), crc32), Source(-1, key, at)))
        at += len(data)
    return members


def _json(form: dict[str, Any]) -> bytes:
    return json.dumps(form, ensure_ascii=False, indent=1).encode() + b"\n"
