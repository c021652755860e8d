"""Derivatives are asked for, listed and fetched; each creation and each fetch is on record."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from dispatch_server.archive.catalog import Catalog, RecordingUnknown
from dispatch_server.archive.derivatives import actions
from dispatch_server.archive.derivatives import refusals as no
from dispatch_server.archive.derivatives.limits import DerivativeLimits
from dispatch_server.archive.derivatives.model import Derivative, Kind, State
from dispatch_server.archive.derivatives.store import DerivativeStore
from dispatch_server.archive.model import State as Kept
from dispatch_server.archive.ports import WorldPort
from dispatch_server.archive.viewings import Viewings
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.runtime.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Wish:
    recording_id: str
    kind: Kind
    from_utc_us: int
    to_utc_us: int
    mark: str
    picture: str
    purpose: str = ""  # empty: the one for which this sign-in views the recording


class ApprovalsPort(Protocol):
    """Who knows what may leave."""

    async def may_fetch(self, person_id: str, recording_id: str, utc_us: int) -> bool:
        """Whether an export of it, to be downloaded, is ready that this person asked for and another one approved."""


@dataclass(slots=True)
class DerivativeService:
    store: DerivativeStore
    catalog: Catalog
    objects: ObjectStore
    recorder: Recorder
    world: WorldPort
    viewings: Viewings
    approvals: ApprovalsPort
    limits: DerivativeLimits
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, caller: Session, scope: Scope, wish: Wish) -> Derivative:
        recording = await self.catalog.find(wish.recording_id, scope)
        if recording.state is Kept.OPEN:
            raise no.StillRecording
        if recording.state is Kept.PURGED:
            raise no.OriginalDestroyed
        self._check_span(wish)
        purpose = wish.purpose or str((await self.viewings.purpose_of(caller, recording.card.id, scope)).text)
        utc_us = self.world.utc_us()
        one = Derivative(
            id=self.new_id(),
            recording_id=recording.card.id,
            department=recording.card.department,
            kind=wish.kind,
            asked_from_utc_us=wish.from_utc_us,
            asked_to_utc_us=wish.from_utc_us if wish.kind is Kind.STILL else wish.to_utc_us,
            mark=wish.mark,
            picture=wish.picture,
            made_by=caller.person.id,
            made_name=caller.person.name,
            made_utc_us=utc_us,
        )
        async with self.store.database.transaction() as connection:
            if await self.store.count_waiting(connection) >= self.limits.waiting:
                raise no.TooManyDerivatives
            await self.store.add(connection, one)
            await self.recorder.enter(
                caller,
                actions.MAKE,
                f"recording:{one.recording_id}",
                department=one.department,
                connection=connection,
                derivative=one.id,
                kind=one.kind.value,
                purpose=purpose,
                from_utc_us=one.asked_from_utc_us,
                to_utc_us=one.asked_to_utc_us,
            )
        self.wake.set()
        return one

    async def find(self, derivative_id: str, scope: Scope) -> Derivative:
        one = await self.store.find(derivative_id, scope)
        if one is None:
            raise no.DerivativeUnknown
        return one

    async def open(self, caller: Session, scope: Scope, derivative_id: str) -> Derivative:
        """On record before a byte is sent. Raises NotMade, ClipNotApproved."""
        one = await self.find(derivative_id, scope)
        if one.state is not State.READY:
            raise no.NotMade
        if await self.needs_export(caller, one):
            raise no.ClipNotApproved
        await self.recorder.enter(
            caller,
            actions.FETCH,
            f"recording:{one.recording_id}",
            department=one.department,
            derivative=one.id,
            kind=one.kind.value,
            sha256=one.sha256,
        )
        return one

    async def needs_export(self, caller: Session, one: Derivative) -> bool:
        """
        A clip is the original's own bytes: it leaves when the original may. A still or a marked copy proves nothing
        without it, and says what it is.
        """
        if one.kind is not Kind.CLIP:
            return False
        return not await self.approvals.may_fetch(caller.person.id, one.recording_id, self.world.utc_us())

    def read(self, key: str, first: int, count: int | None) -> AsyncIterator[bytes]:
        return self.objects.read(key, first, count)

    async def is_original_kept(self, one: Derivative) -> bool:
        try:
            return (await self.catalog.find(one.recording_id, COUNTY)).state is not Kept.PURGED
        except RecordingUnknown:
            return False

    def new_id(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))

    def _check_span(self, wish: Wish) -> None:
        if wish.kind is Kind.STILL:
            return
        longest_s = self.limits.longest_s if wish.kind is Kind.CLIP else self.limits.longest_marked_s
        if not 0 < wish.to_utc_us - wish.from_utc_us <= longest_s * 1_000_000:
            raise no.SpanUnusable(longest_s)
