"""Who views what for which purpose: asked before anything plays, and every view is a line of the ledger."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from posixpath import commonpath
from typing import Any

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.ports import WorldPort
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.errors import Absent, Forbidden
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import COUNTY, Scope

ACTION = "recording.play"
WATCH = "stream.watch"
# Whoever comes back after so long, or after so many other viewings, begins another one.
PAUSE_S = 1800.0
KEPT = 10_000
OF_ONE_SIGN_IN = 50  # so that one cannot push out the viewings of others
MOST_RECORDINGS = 200  # of one viewing
Key = tuple[str, str]  # a sign-in and what it views
LinksOf = Callable[[str, Scope], Awaitable[Sequence[str]]]  # enforcement → recordings that the scope covers


class PurposeKind(StrEnum):
    """用途."""

    CASE = "case"  # handling a case
    REVIEW = "review"  # legal review, reconsideration, litigation
    SUPERVISION = "supervision"  # inspection of how enforcement is done
    COMPLAINT = "complaint"
    TRAINING = "training"
    TECHNICAL = "technical"  # whether the recording itself is sound
    OTHER = "other"


class PurposeWanted(Forbidden):
    def __init__(self) -> None:
        super().__init__("purpose_wanted", "Say for which purpose, before it plays.")


class ViewingUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("viewing_unknown", "There is no such viewing, or it is over.")


@dataclass(frozen=True, slots=True)
class Purpose:
    kind: PurposeKind
    text: str


@dataclass(slots=True)
class Viewing:
    """One sign-in's viewing of some recordings, or of whatever an enforcement has."""

    id: str
    session_id: str
    person_id: str
    purpose: Purpose
    begun_utc_us: int
    recordings: set[str]
    enforcement_id: str = ""
    used: float = 0.0  # monotonic
    played: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Viewings:
    """
    A viewing is one sign-in's, for one purpose, until it pauses for half an hour. Kept in memory only: after a
    restart the purpose is asked anew, and the ledger has both.
    """

    catalog: Catalog
    recorder: Recorder
    world: WorldPort
    links_of: LinksOf | None = None  # who knows which recordings an enforcement has
    _viewings: OrderedDict[str, Viewing] = field(default_factory=OrderedDict)  # least used first
    _of_sign_in: dict[str, dict[str, Viewing]] = field(default_factory=dict)
    _asked_at: OrderedDict[Key, float] = field(default_factory=OrderedDict)
    _turns: dict[Key, asyncio.Lock] = field(default_factory=dict)  # of those that are being entered

    async def open(self, session: Session, purpose: Purpose, recording_ids: Sequence[str], enforcement: str) -> Viewing:
        """
        On record before it stands: raises LedgerAway, and what is Absent for anything that this person may not see.
        """
        scope = session.scope(ACTION)
        wanted = list(dict.fromkeys(recording_ids))
        if enforcement and self.links_of is not None:
            wanted = list(await self.links_of(enforcement, scope))[:MOST_RECORDINGS]
        elif enforcement:
            raise ViewingUnknown
        departments = [(await self.catalog.find(one, scope)).card.department for one in wanted]
        viewing = self._begun(session, purpose, wanted, enforcement)
        subject = f"viewing:{viewing.id}" if len(wanted) != 1 else f"recording:{wanted[0]}"
        await self.recorder.enter(
            session,
            "viewing.open",
            f"enforcement:{enforcement}" if enforcement else subject,
            department=_common(departments) or session.person.department,
            viewing=viewing.id,
            purpose=f"{purpose.kind}: {purpose.text}",
            recordings=len(wanted),
        )
        self._keep(session, viewing)
        return viewing

    def find(self, session: Session, viewing_id: str) -> Viewing:
        """One's own that goes on; raises ViewingUnknown."""
        viewing = self._viewings.get(viewing_id)
        if viewing is None or viewing.session_id != session.id or self._is_over(viewing):
            raise ViewingUnknown
        return viewing

    def until_utc_us(self, viewing: Viewing) -> int:
        left = viewing.used + PAUSE_S - self.world.monotonic()
        return self.world.utc_us() + int(max(0.0, left) * 1_000_000)

    async def play(self, session: Session, recording_id: str, scope: Scope) -> None:
        """
        Whether it may play, and on record before anything is sent: raises LedgerAway, RecordingUnknown for what this
        person may not see, and PurposeWanted when no viewing of this sign-in has it.
        """
        viewing = self._viewing_of(session, recording_id)
        if viewing is None:
            await self.catalog.find(recording_id, scope)
            viewing = await self._later_found(session, recording_id, scope)
        self._use(viewing)
        if recording_id in viewing.played:
            return
        card = (await self.catalog.find(recording_id, scope)).card
        detail = {"viewing": viewing.id, "purpose": str(viewing.purpose.kind)}
        key = (viewing.id, recording_id)
        await self._enter(key, session, ACTION, f"recording:{card.id}", card.department, card.source, **detail)
        viewing.played.add(recording_id)

    async def purpose_of(self, session: Session, recording_id: str, scope: Scope) -> Purpose:
        """What this sign-in said that it views it for. Raises PurposeWanted."""
        viewing = self._viewing_of(session, recording_id) or await self._later_found(session, recording_id, scope)
        self._use(viewing)
        return viewing.purpose

    async def play_approved(self, session: Session, recording_id: str, purpose: Purpose) -> None:
        """The same for what an approved export shows: its purpose was said when it was asked for."""
        if self._viewing_of(session, recording_id) is None:
            self._keep(session, self._begun(session, purpose, [recording_id], ""))
        await self.play(session, recording_id, COUNTY)

    async def note_still(self, session: Session, recording_id: str, scope: Scope) -> None:
        """To see a recording's still is not yet to have played it: no purpose, but a line."""
        key = (session.id, f"still of {recording_id}")
        if self._goes_on(key):
            return
        card = (await self.catalog.find(recording_id, scope)).card
        await self._enter(key, session, ACTION, f"recording:{card.id}", card.department, card.source, still=True)

    async def note_still_on_air(self, session: Session, stream_id: str, department: str, source: str) -> None:
        """The same of a stream on air; the caller has looked whether this person may see it."""
        key = (session.id, f"still of stream {stream_id}")
        if not self._goes_on(key):
            await self._enter(key, session, WATCH, f"stream:{stream_id}", department, source, still=True)

    def _begun(self, session: Session, purpose: Purpose, recordings: Sequence[str], enforcement: str) -> Viewing:
        now = self.world.utc_us()
        identity = uuid7(now // 1000, self.world.chance(RANDOM_BYTES))
        return Viewing(
            identity, session.id, session.person.id, purpose, now, set(recordings), enforcement, self.world.monotonic()
        )

    def _viewing_of(self, session: Session, recording_id: str) -> Viewing | None:
        for viewing in reversed(self._of(session)):
            if recording_id in viewing.recordings:
                return viewing
        return None

    async def _later_found(self, session: Session, recording_id: str, scope: Scope) -> Viewing:
        """A recording that began, or was uploaded, after the viewing of its enforcement had been opened."""
        for viewing in reversed(self._of(session)):
            if viewing.enforcement_id and self.links_of is not None and len(viewing.recordings) < MOST_RECORDINGS:
                viewing.recordings |= set(await self.links_of(viewing.enforcement_id, scope))
                if recording_id in viewing.recordings:
                    return viewing
        raise PurposeWanted

    def allow(self, session: Session, enforcement_id: str) -> None:
        """Raises PurposeWanted when no viewing of this sign-in has the enforcement."""
        viewing = next((one for one in self._of(session) if one.enforcement_id == enforcement_id), None)
        if viewing is None:
            raise PurposeWanted
        self._use(viewing)

    def _use(self, viewing: Viewing) -> None:
        viewing.used = self.world.monotonic()
        self._viewings.move_to_end(viewing.id)

    def _of(self, session: Session) -> list[Viewing]:
        """Those that go on, in the order in which they were opened."""
        mine = list(self._of_sign_in.get(session.id, {}).values())
        for one in mine:
            if self._is_over(one):
                self._drop(one)
        return [one for one in mine if one.id in self._viewings]

    def _keep(self, session: Session, viewing: Viewing) -> None:
        mine = self._of(session)
        for one in mine[: max(0, len(mine) - OF_ONE_SIGN_IN + 1)]:
            self._drop(one)
        self._viewings[viewing.id] = viewing
        self._of_sign_in.setdefault(viewing.session_id, {})[viewing.id] = viewing
        while len(self._viewings) > KEPT:
            self._drop(next(iter(self._viewings.values())))

    def _drop(self, viewing: Viewing) -> None:
        del self._viewings[viewing.id]
        mine = self._of_sign_in[viewing.session_id]
        del mine[viewing.id]
        if not mine:
            del self._of_sign_in[viewing.session_id]

    def _is_over(self, viewing: Viewing) -> bool:
        return self.world.monotonic() - viewing.used > PAUSE_S

    async def _enter(
        self, key: Key, session: Session, action: str, subject: str, department: str, source: str, **more: Any
    ) -> None:
        # A player's first requests come together: one line for all of them. Others do not wait for it.
        turn = self._turns.setdefault(key, asyncio.Lock())
        try:
            async with turn:
                if self._goes_on(key):
                    return
                detail: dict[str, Any] = {"source": source, **more}
                await self.recorder.enter(session, action, subject, department=department, **detail)
                self._asked_at[key] = self.world.monotonic()
                while len(self._asked_at) > KEPT:
                    self._asked_at.popitem(last=False)
        finally:
            if not turn.locked():
                self._turns.pop(key, None)

    def _goes_on(self, key: Key) -> bool:
        now = self.world.monotonic()
        asked_at = self._asked_at.get(key)
        if asked_at is None or now - asked_at > PAUSE_S:
            return False
        self._asked_at[key] = now
        self._asked_at.move_to_end(key)
        return True


def _common(departments: Sequence[str]) -> str:
    """The path of the smallest department that has them all; empty: the whole county."""
    return commonpath(departments) if departments else ""
