"""Requests for exports: asked for by one person, decided by another, taken back by either; every step is on record."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.exports import actions
from dispatch_server.archive.exports import refusals as no
from dispatch_server.archive.exports.limits import HOUR_US, ExportLimits
from dispatch_server.archive.exports.model import (
    LIFE,
    Asking,
    Export,
    ExportChanged,
    Happening,
    LeftOut,
    Of,
    smallest_subtree,
)
from dispatch_server.archive.exports.ports import PeoplePort, SubjectPort
from dispatch_server.archive.exports.store import ExportStore
from dispatch_server.archive.model import Recording
from dispatch_server.archive.model import State as Kept
from dispatch_server.archive.ports import BusPort, WorldPort
from dispatch_server.identity.callers import Caller, SystemCaller
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import COUNTY, Scope

EXPIRED_AT_ONCE = 100


@dataclass(slots=True)
class Sending:
    """
    Packages that are being sent, so that they can be stopped: a stream's own token → the export. `links`: one stream
    at a time by each link. `sent`: bytes by export that are not in the database yet.
    """

    streams: dict[object, str] = field(default_factory=dict)
    links: dict[str, object] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    def begin(self, export_id: str, link: str) -> object:
        """The stream's token. One that went on by the same link ends: whoever resumes has given it up."""
        token = object()
        if link:
            self.streams.pop(self.links.get(link), None)
            self.links[link] = token
        self.streams[token] = export_id
        return token

    def end(self, token: object, link: str) -> None:
        self.streams.pop(token, None)
        if self.links.get(link) is token:
            del self.links[link]

    def count(self, export_id: str, size: int) -> None:
        self.sent[export_id] = self.sent.get(export_id, 0) + size

    def stop(self, export_id: str) -> None:
        self.sent.pop(export_id, None)
        for token in [token for token, one in self.streams.items() if one == export_id]:
            del self.streams[token]


@dataclass(slots=True)
class ExportService:
    """`scope` is what the person may see: what is outside of it is not there."""

    store: ExportStore
    catalog: Catalog
    subjects: SubjectPort
    people: PeoplePort
    recorder: Recorder
    bus: BusPort
    world: WorldPort
    limits: ExportLimits
    sending: Sending = field(default_factory=Sending)

    async def find(self, export_id: str, scope: Scope, viewer: str = "") -> Export:
        """As it is now: one whose time is over has expired, whether or not anybody has looked yet."""
        export = await self.store.find(export_id, scope, viewer)
        if export is None:
            raise no.ExportUnknown
        if export.is_over_at(self.world.utc_us()):
            export.happens(Happening.EXPIRE)
        return export

    async def ask(self, caller: Session, scope: Scope, asking: Asking) -> Export:
        recordings, left_out = await self._recordings(asking, scope)
        if asking.viewer and not await self.people.knows(asking.viewer):
            raise no.ViewerUnknown
        utc_us = self.world.utc_us()
        export = Export(
            id=self.new_id(),
            department=smallest_subtree(tuple(one.card.department for one in recordings)),
            asking=Asking(
                asking.of, asking.subject, tuple(one.card.id for one in recordings), asking.mode, asking.purpose,
                asking.recipient, asking.viewer, min(asking.hours, self.limits.hours),
                min(asking.downloads, self.limits.downloads),
            ),
            requested_by=caller.person.id,
            requested_name=caller.person.name,
            requested_utc_us=utc_us,
            ends_utc_us=utc_us + self.limits.asked_us,
            left_out=left_out,
        )  # fmt: skip
        async with self.store.database.transaction() as connection:
            if await self.store.count_open(connection) >= self.limits.open_requests:
                raise no.TooManyExports
            await self.store.add(connection, export)
            await self.enter(
                connection, caller, actions.ASK, export, recordings=len(recordings), left_out=len(left_out)
            )
        self.tell(export)
        return export

    async def decide(self, caller: Session, scope: Scope, export_id: str, approve: bool, reason: str) -> Export:
        export = await self.find(export_id, scope)
        if caller.person.id == export.requested_by:
            raise no.AnotherPersonNeeded
        export.reason, export.decided_by = reason, caller.person.id
        export.decided_name, export.decided_utc_us = caller.person.name, self.world.utc_us()
        if approve:
            export.ends_utc_us = self.world.utc_us() + export.asking.hours * HOUR_US
        return await self.move(
            caller, actions.DECIDE, export, Happening.APPROVE if approve else Happening.REFUSE, approved=approve
        )

    async def withdraw(self, caller: Session, scope: Scope, export_id: str, reason: str) -> Export:
        """By anyone who may ask for exports there: what should not leave can be stopped by whoever sees it first."""
        export = await self.find(export_id, scope)
        export.reason = reason
        export = await self.move(caller, actions.WITHDRAW, export, Happening.WITHDRAW)
        self.sending.stop(export.id)
        return export

    async def move(
        self, caller: Caller, action: str, export: Export, what: Happening, **detail: str | int | bool
    ) -> Export:
        """One step of its life, in one transaction with its line in the ledger."""
        before = export.state
        if not LIFE.allows(before, what):
            raise no.ExportNotSo(before)
        export.happens(what)
        async with self.store.database.transaction() as connection:
            if not await self.store.change(connection, export, before):
                raise no.ExportNotSo(before)
            await self.enter(connection, caller, action, export, **detail)
        self.tell(export)
        return export

    async def expire(self) -> None:
        """A job: those whose time is over."""
        for export in await self.store.over(self.world.utc_us(), EXPIRED_AT_ONCE):
            with suppress(no.ExportNotSo):  # somebody decided it meanwhile
                await self.move(SystemCaller("exports"), "export.expire", export, Happening.EXPIRE)
            self.sending.stop(export.id)

    async def enter(
        self, connection: AsyncConnection | None, caller: Caller, action: str, export: Export, **detail: Any
    ) -> None:
        asking = export.asking
        if export.reason:
            detail["reason"] = export.reason
        await self.recorder.enter(
            caller,
            action,
            f"export:{export.id}",
            department=export.department,
            connection=connection,
            state=export.state.value,
            mode=asking.mode.value,
            purpose=asking.purpose,
            recipient=asking.recipient,
            about=asking.subject or " ".join(asking.recordings[:8]),
            **detail,
        )

    def tell(self, export: Export) -> None:
        self.bus.publish(
            ExportChanged(
                identity=self.new_id(),
                utc_us=self.world.utc_us(),
                export_id=export.id,
                department=export.department,
                state=export.state.value,
                requested_by=export.requested_by,
            )
        )

    def new_id(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))

    async def _recordings(self, asking: Asking, scope: Scope) -> tuple[list[Recording], tuple[LeftOut, ...]]:
        """
        Each closed, and each one that this person may see. Of an enforcement or a case all that can leave: what was
        destroyed, and what still goes on, is left out and named. Whoever names recordings is refused instead.
        """
        ids: Sequence[str] = asking.recordings
        if asking.of is not Of.RECORDINGS:
            ids = await self.subjects.recordings_of(asking.of, asking.subject, scope)
        if not ids:
            raise no.NothingToExport
        if len(set(ids)) > self.limits.recordings:
            raise no.TooManyRecordings(self.limits.recordings)
        found = [await self.catalog.find(one, scope) for one in dict.fromkeys(ids)]
        staying = [one for one in found if one.state in (Kept.OPEN, Kept.PURGED)]
        leaving = [one for one in found if one not in staying]
        if staying and (asking.of is Of.RECORDINGS or not leaving):
            first = staying[0]
            raise (no.RecordingStillOpen if first.state is Kept.OPEN else no.RecordingGone)(first.card.id)
        return leaving, tuple(LeftOut(one.card.id, one.state.value) for one in staying)

    async def originals(self, export: Export) -> list[Recording]:
        """Whoever approved it has said that they may leave. Raises RecordingUnknown."""
        return [await self.catalog.find(one, COUNTY) for one in export.asking.recordings]
