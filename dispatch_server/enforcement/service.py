"""Takes commands: each once, in its transaction, on record, and told afterwards."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.enforcement import facts, refusals
from dispatch_server.enforcement.judging import judged, judged_late
from dispatch_server.enforcement.limits import EnforcementLimits
from dispatch_server.enforcement.model import (
    OPENED_LATE,
    Course,
    Enforcement,
    EnforcementChanged,
    Fault,
    Happening,
    Mark,
    Moment,
    Pause,
    StepTaken,
)
from dispatch_server.enforcement.opening import Opening, Wish
from dispatch_server.enforcement.ports import AfterCommit, BusPort, CaseFilesPort, NoCaseFiles, WorldPort
from dispatch_server.enforcement.standing import Standing
from dispatch_server.enforcement.step_lists import StepLists
from dispatch_server.enforcement.steps import StepList
from dispatch_server.enforcement.store import Command, EnforcementStore, Query, Reach
from dispatch_server.identity.callers import Caller, actor_of
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.rates import Rate
from dispatch_server.kit.scope import Scope

TERMINAL = "terminal:"  # by whom, as the ledger calls them
PLACE_US = 600_000_000
Make = Callable[[Course, Moment, StepList], Course]
Also = Callable[[AsyncConnection], Awaitable[AfterCommit]]
Told = Callable[[EnforcementChanged], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks under which action and key, when it happened (None: now), and all of its words in `text`."""

    caller: Caller
    action: str
    key: str
    utc_us: int | None
    text: str = field(repr=False)

    @property
    def by(self) -> str:
        return actor_of(self.caller)[0]

    def digest(self, what: str) -> str:
        return hashlib.sha256(f"{self.by}\n{what}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command is answered with, and again when it is sent again."""

    enforcement_id: str
    command: Command


@dataclass(slots=True)
class EnforcementService:
    world: WorldPort
    bus: BusPort
    store: EnforcementStore
    opening: Opening
    lists: StepLists
    recorder: Recorder
    limits: EnforcementLimits
    rate: Rate
    standing: Standing = field(default_factory=Standing)
    cases: CaseFilesPort = field(default_factory=NoCaseFiles)  # set once their room is there
    listeners: list[Told] = field(default_factory=list)  # told once, by the node where it happened

    # What others ask.

    def under_way(self) -> Mapping[str, Enforcement]:
        """By terminal."""
        return self.standing.by_terminal()

    async def find(self, enforcement_id: str, scope: Scope) -> Enforcement:
        """Raises EnforcementUnknown."""
        if (found := await self.store.find(enforcement_id, Reach(scope))) is None:
            raise refusals.EnforcementUnknown
        return found

    async def course(self, enforcement_id: str, reach: Reach) -> Course:
        """Raises EnforcementUnknown."""
        if (found := await self.store.course(enforcement_id, reach)) is None:
            raise refusals.EnforcementUnknown
        return found

    async def steps_of(self, enforcement_id: str) -> tuple[StepTaken, ...]:
        return (await self.course(enforcement_id, Reach())).steps

    async def marks_of(self, enforcement_id: str) -> tuple[Mark, ...]:
        return (await self.course(enforcement_id, Reach())).marks

    async def pauses_of(self, enforcement_id: str) -> tuple[Pause, ...]:
        return (await self.course(enforcement_id, Reach())).pauses

    async def facts_of(self, enforcement_id: str) -> facts.Facts:
        return facts.facts_of(await self.course(enforcement_id, Reach()))

    async def changed_since(self, utc_us: int, limit: int, after_id: str = "") -> list[Enforcement]:
        """Those that changed later than that (or then, with an id after `after_id`); oldest change first."""
        return await self.store.changed_since(utc_us, limit, after_id or "~")

    async def search(self, query: Query) -> list[Enforcement]:
        return await self.store.search(query)

    async def refresh(self) -> None:
        """What other nodes changed."""
        self.standing.load(await self.store.under_way())

    # What changes one.

    async def open(self, asked: Asked, wish: Wish, identity: str, scope: Scope) -> Taken:
        """`identity`: of the sender's own making, or empty. Raises what Opening raises, IdTaken, CommandKeyUsed."""
        self._count(asked)
        async with self.store.database.transaction() as connection:
            if (known := await self._opened(connection, asked, identity)) is not None:
                return known
            moment = self._moment(asked)
            one = self._enforcement(wish, identity or self.new_id(), moment, scope)
            if await self.store.waiting(connection, one.department) >= self.limits.waiting:
                raise refusals.TooManyWaiting
            command = self._command(asked, Course(one), "open", moment)
            await self.store.add(connection, Course(one), command)
            await self._enter(asked, one, "open", moment, connection)
        self._announce(one)
        return Taken(one.id, command)

    async def change(
        self,
        asked: Asked,
        enforcement_id: str,
        reach: Reach,
        what: Happening,
        make: Make,
        also: Also | None = None,
    ) -> Taken:
        """`also`: done in the same transaction. Raises EnforcementUnknown, CommandKeyUsed, what `make` and it raise."""
        self._count(asked)
        async with self.store.database.transaction() as connection:
            before = await self.store.locked(connection, enforcement_id, reach)
            if before is None:
                raise refusals.EnforcementUnknown
            known = await self.store.command(connection, enforcement_id, asked.key)
            if known is not None:
                return self._again(asked, what, enforcement_id, known)
            moment = self._moment(asked)
            after = make(before, moment, await self.lists.of(before.enforcement.list_digest, connection))
            command = self._command(asked, after, what, moment)
            await self.store.save(connection, before, after, command)
            told = await also(connection) if also is not None else None
            await self._enter(asked, after.enforcement, what, moment, connection)
        self._announce(after.enforcement)
        if told is not None:
            await told()
        return Taken(enforcement_id, command)

    def new_id(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))

    async def _opened(self, connection: AsyncConnection, asked: Asked, identity: str) -> Taken | None:
        earlier = await self.store.opened_with(connection, asked.by, asked.key)
        if earlier is None:
            return None
        known = await self.store.command(connection, earlier, asked.key)
        if known is None or (identity and identity != earlier):
            raise refusals.CommandKeyUsed
        return self._again(asked, "open", earlier, known)

    def _enforcement(self, wish: Wish, identity: str, moment: Moment, scope: Scope) -> Enforcement:
        if not scope.covers(wish.department):
            raise refusals.DepartmentRefused
        has_happened = bool(wish.by_terminal) and self.has_happened(moment)
        judge = judged_late if has_happened else judged
        team, faults = judge(self.opening, wish, moment.utc_us, scope), self._too_late(moment, has_happened)
        latitude, longitude = self._place(wish, moment)
        return Enforcement(
            id=identity,
            department=wish.department,
            kind=wish.kind,
            item_code=wish.item,
            item_version=team.item_version,
            item_name=team.item_name,
            members=team.members,
            terminals=team.terminals,
            party=wish.party,
            place=wish.place,
            latitude=latitude,
            longitude=longitude,
            list_digest=self.lists.current.digest,
            opened=moment,
            changed_utc_us=moment.received_utc_us,
            faults=(*team.faults, *faults),
        )

    def has_happened(self, moment: Moment) -> bool:
        """A terminal tells of what it could not tell in time: it is recorded as it was."""
        return moment.by.startswith(TERMINAL) and moment.utc_us < moment.received_utc_us - self.limits.prompt_us

    def _too_late(self, moment: Moment, has_happened: bool) -> tuple[Fault, ...]:
        """Raises MomentWrong."""
        if moment.utc_us >= moment.received_utc_us - self.limits.late_us:
            return ()
        if not has_happened:
            raise refusals.MomentWrong("That is too long ago.")
        return (Fault(OPENED_LATE, ""),)

    def _place(self, wish: Wish, moment: Moment) -> tuple[float | None, float | None]:
        """As it was said, or else where the first of its terminals was about then."""
        if wish.latitude is not None or not wish.terminals:
            return wish.latitude, wish.longitude
        around = moment.utc_us - PLACE_US, moment.utc_us + PLACE_US
        return self.opening.terminals.place(wish.terminals[0], *around) or (None, None)

    def _again(self, asked: Asked, what: str, enforcement_id: str, known: Command) -> Taken:
        if known.digest != asked.digest(what):
            raise refusals.CommandKeyUsed
        return Taken(enforcement_id, known)

    def _count(self, asked: Asked) -> None:
        wait_s = self.rate.spend(asked.by, self.world.monotonic())
        if wait_s:
            raise refusals.TooManyCommands(wait_s)

    def _moment(self, asked: Asked) -> Moment:
        now = self.world.utc_us()
        utc_us = asked.utc_us if asked.utc_us is not None else now
        if utc_us > now + self.limits.ahead_us:
            raise refusals.MomentAhead
        return Moment(utc_us, now, asked.by)

    def _command(self, asked: Asked, course: Course, what: str, moment: Moment) -> Command:
        state = course.enforcement.state
        return Command(asked.key, asked.digest(what), state, moment.utc_us, moment.received_utc_us)

    async def _enter(
        self, asked: Asked, one: Enforcement, what: str, moment: Moment, connection: AsyncConnection
    ) -> None:
        """Neither the party nor anybody's free words: they may name people."""
        await self.recorder.enter(
            asked.caller,
            asked.action,
            f"enforcement:{one.id}",
            department=one.department,
            connection=connection,
            done=str(what),
            happened_utc_us=moment.utc_us,
            item=one.item_code,
            terminals=" ".join(one.terminals),
            faults=" ".join(sorted({fault.code for fault in one.faults})),
        )

    def _announce(self, one: Enforcement) -> None:
        """After the commit."""
        self.standing.changed(one)
        event = EnforcementChanged(
            identity=self.new_id(),
            utc_us=self.world.utc_us(),
            enforcement_id=one.id,
            department=one.department,
            state=one.state.value,
            terminals=one.terminals,
        )
        self.bus.publish(event)
        for told in self.listeners:
            told(event)
