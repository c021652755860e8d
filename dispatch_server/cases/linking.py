"""Puts recordings and enforcements into a case and takes them out again, and names exhibits; a trace always stays."""

from collections.abc import Sized
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.cases import actions, refusals
from dispatch_server.cases.changes import Changes
from dispatch_server.cases.facts import RecordingFacts
from dispatch_server.cases.model import Exhibit, File, Link, Thing
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.scope import Scope

MOST = 500  # links, and exhibits, of one case


@dataclass(frozen=True, slots=True)
class Shown:
    """What an exhibit shows and proves. Without times it is the whole recording."""

    recording_id: str
    proves: str
    from_utc_us: int | None = None
    to_utc_us: int | None = None


@dataclass(slots=True)
class Linking:
    changes: Changes

    async def link(self, caller: Caller, case_id: str, scope: Scope, thing: Thing, thing_id: str) -> File:
        """
        As long as the case is open, also years after it was made. Raises CaseUnknown, ThingUnknown, AlreadyLinked,
        CaseClosed, CaseFull.
        """
        changes = self.changes
        is_there = await self._sees(thing, thing_id, scope)
        async with changes.store.database.transaction() as connection:
            file = await changes.locked(connection, case_id, scope)
            if not is_there:
                raise refusals.ThingUnknown
            after = await self._linked(connection, caller, file, thing, thing_id)
        await self.tell(after)
        return after

    async def take(
        self, connection: AsyncConnection, caller: Caller, case_id: str, scope: Scope, enforcement_id: str
    ) -> File | None:
        """
        An enforcement that somebody files, in their transaction; `tell` is for after it. None: it is linked already.
        Raises CaseUnknown, CaseClosed, CaseFull.
        """
        file = await self.changes.locked(connection, case_id, scope)
        if enforcement_id in file.linked(Thing.ENFORCEMENT):
            return None
        return await self._linked(connection, caller, file, Thing.ENFORCEMENT, enforcement_id)

    async def tell(self, file: File) -> None:
        """Of its newest link."""
        self.changes.announce(file.case)
        await self.changes.tell_of(file.case, file.links[-1])

    async def _linked(
        self, connection: AsyncConnection, caller: Caller, file: File, thing: Thing, thing_id: str
    ) -> File:
        changes = self.changes
        _check_room(file.links)
        link = Link(
            id=changes.new_id(),
            case_id=file.case.id,
            thing=thing,
            thing_id=thing_id,
            linked_utc_us=changes.now(),
            linked_by=changes.by(caller),
        )
        await changes.store.add_link(connection, link)
        after = await changes.saved(connection, file.case, file.case)
        detail = {"done": "linked", "thing": f"{thing}:{thing_id}"}
        await changes.enter(caller, actions.LINK, after, connection, **detail)
        return replace(file, case=after, links=(*file.links, link))

    async def unlink(self, caller: Caller, case_id: str, scope: Scope, link_id: str, why: str) -> File:
        """It is withdrawn, by whom and why. Raises CaseUnknown, LinkUnknown, CaseClosed."""
        changes, store = self.changes, self.changes.store
        async with store.database.transaction() as connection:
            file = await changes.locked(connection, case_id, scope)
            found = next((one for one in file.links if one.id == link_id and one.stands), None)
            if found is None:
                raise refusals.LinkUnknown
            link = replace(found, withdrawn_utc_us=changes.now(), withdrawn_by=changes.by(caller), why=why)
            await store.withdraw_link(connection, link)
            after = await changes.saved(connection, file.case, file.case)
            detail = {"done": "withdrawn", "thing": f"{link.thing}:{link.thing_id}", "why": why}
            await changes.enter(caller, actions.LINK, after, connection, **detail)
        changes.announce(after)
        await changes.tell_of(after, link)
        return replace(file, case=after, links=tuple(link if one.id == link_id else one for one in file.links))

    async def add_exhibit(self, caller: Caller, case_id: str, scope: Scope, shown: Shown) -> File:
        """Of a recording that is in the case. Raises CaseUnknown, ThingUnknown, RangeWrong, CaseClosed, CaseFull."""
        changes, store = self.changes, self.changes.store
        facts = (await changes.recordings.facts_of([shown.recording_id], scope)).get(shown.recording_id)
        async with store.database.transaction() as connection:
            file = await changes.locked(connection, case_id, scope)
            _check_room(file.exhibits)
            if facts is None or shown.recording_id not in await changes.recordings_of(file):
                raise refusals.ThingUnknown
            _check_range(shown, facts)
            exhibit = Exhibit(
                id=changes.new_id(),
                case_id=case_id,
                recording_id=shown.recording_id,
                from_utc_us=shown.from_utc_us,
                to_utc_us=shown.to_utc_us,
                proves=shown.proves,
                made_utc_us=changes.now(),
                made_by=changes.by(caller),
            )
            await store.add_exhibit(connection, exhibit)
            after = await changes.saved(connection, file.case, file.case)
            detail = {"done": "exhibit named", "thing": f"recording:{shown.recording_id}"}
            await changes.enter(caller, actions.LINK, after, connection, **detail)
        changes.announce(after)
        return replace(file, case=after, exhibits=(*file.exhibits, exhibit))

    async def withdraw_exhibit(self, caller: Caller, case_id: str, scope: Scope, exhibit_id: str, why: str) -> File:
        """Raises CaseUnknown, ExhibitUnknown, CaseClosed."""
        changes, store = self.changes, self.changes.store
        async with store.database.transaction() as connection:
            file = await changes.locked(connection, case_id, scope)
            found = next((one for one in file.exhibits if one.id == exhibit_id and one.stands), None)
            if found is None:
                raise refusals.ExhibitUnknown
            exhibit = replace(found, withdrawn_utc_us=changes.now(), withdrawn_by=changes.by(caller), why=why)
            await store.withdraw_exhibit(connection, exhibit)
            after = await changes.saved(connection, file.case, file.case)
            detail = {"done": "exhibit withdrawn", "thing": f"recording:{exhibit.recording_id}", "why": why}
            await changes.enter(caller, actions.LINK, after, connection, **detail)
        changes.announce(after)
        return replace(file, case=after, exhibits=tuple(exhibit if x.id == exhibit_id else x for x in file.exhibits))

    async def _sees(self, thing: Thing, thing_id: str, scope: Scope) -> bool:
        if thing is Thing.ENFORCEMENT:
            return thing_id in await self.changes.enforcements.facts_of([thing_id], scope)
        return thing_id in await self.changes.recordings.facts_of([thing_id], scope)


def _check_room(those: Sized) -> None:
    if len(those) >= MOST:
        raise refusals.CaseFull(MOST)


def _check_range(shown: Shown, facts: RecordingFacts) -> None:
    """What is still recorded has no end to be beyond."""
    begin = shown.from_utc_us if shown.from_utc_us is not None else facts.begun_utc_us
    last = (1 << 63) if facts.state == "open" else facts.ended_utc_us
    end = shown.to_utc_us if shown.to_utc_us is not None else last
    is_empty = shown.to_utc_us is not None and begin >= end
    if is_empty or not facts.begun_utc_us <= begin <= end <= last:
        raise refusals.RangeWrong
