"""The organisation in memory for everybody who reads, and the one way in which it changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.identity.callers import Caller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.org import certificates, delegations
from dispatch_server.org.certificates import MayNotAct
from dispatch_server.org.delegations import Desks
from dispatch_server.org.differences import differences
from dispatch_server.org.model import (
    Change,
    Delegation,
    Department,
    EnforcementItem,
    Officer,
    Organisation,
    OrganisationChanged,
    QuestionType,
)
from dispatch_server.org.ports import BusPort, WorldPort
from dispatch_server.org.refusals import RulesBroken, ThingUnknown
from dispatch_server.org.rules import problems
from dispatch_server.org.store import OfficerQuery, OrgStore
from dispatch_server.org.tree import is_open

Make = Callable[[Organisation], Sequence[Change]]
QUESTION_TYPES = tuple(QuestionType)
LONGEST_DETAIL = 500


@dataclass(slots=True)
class OrgService:
    """
    `now` is the whole as this node knows it: readers never wait. It is replaced after each change made here, when
    another node tells of one, and when a compare finds that a message was missed.
    """

    world: WorldPort
    store: OrgStore
    bus: BusPort
    recorder: Recorder
    now: Organisation = field(default_factory=Organisation)

    async def load(self) -> None:
        self._take(await self.store.read())

    async def catch_up(self, revision: int | None = None) -> None:
        """Read the whole anew if it is older than `revision`, or than what the database has."""
        if revision is None:
            revision = await self.store.revision()
        if revision > self.now.revision:
            await self.load()

    def departments(self) -> Mapping[str, Department]:
        """By path; the county itself is the empty path. Closed ones too: old recordings name them."""
        return self.now.departments

    def officers(self) -> Mapping[str, Officer]:
        return self.now.officers

    def items(self) -> Mapping[str, EnforcementItem]:
        return self.now.items

    def delegations(self) -> Mapping[str, Delegation]:
        return self.now.delegations

    @property
    def question_types(self) -> tuple[QuestionType, ...]:
        return QUESTION_TYPES

    def item(self, code: str) -> EnforcementItem:
        """Raises ThingUnknown."""
        if (found := self.now.items.get(code)) is None:
            raise ThingUnknown
        return found

    async def item_version(self, code: str, version: int) -> EnforcementItem:
        """As it was when it had this version. Raises ThingUnknown."""
        present = self.item(code)
        found = present if present.version == version else await self.store.item_version(code, version)
        if found is None:
            raise ThingUnknown
        return found

    def delegated_to(self, path: str, utc_us: int | None = None) -> tuple[EnforcementItem, ...]:
        """What the township (or its team) may enforce by delegation, now or at that moment."""
        return delegations.delegated_to(self.now, path, self.world.utc_us() if utc_us is None else utc_us)

    def desks_for(self, item: str, township: str, utc_us: int | None = None) -> Desks:
        """Who is rung for a help request about this item from there. Raises ThingUnknown."""
        moment = self.world.utc_us() if utc_us is None else utc_us
        return delegations.desks_for(self.now, self.item(item), township, moment)

    def officer_may_act(self, officer: Officer, utc_us: int | None = None) -> MayNotAct | None:
        """None, or why an enforcement cannot begin: the certificate, or that the department is closed."""
        moment = self.world.utc_us() if utc_us is None else utc_us
        if (reason := certificates.officer_may_act(officer, moment)) is not None:
            return reason
        return None if is_open(self.now.departments, officer.department) else MayNotAct.DEPARTMENT_CLOSED

    def officer_of(self, person_id: str) -> Officer | None:
        """The officer who signs in as this person."""
        return self.now.officers_by_person.get(person_id)

    async def list_officers(self, query: OfficerQuery) -> list[Officer]:
        return await self.store.officers(query)

    async def change(self, caller: Caller, make: Make) -> Sequence[Change]:
        """
        What `make` makes of the present organisation is checked, written and put on record, all or nothing.

        Raises RulesBroken, VersionOutdated, LedgerAway, and what `make` raises.
        """
        async with self.store.database.transaction() as connection:
            base = await self.base(connection)
            changes = [change for change in make(base) if change.before != change.after]
            if not changes:
                return []
            after = checked(base, changes)
            await self.store.apply(connection, changes, after.revision)
            for change in changes:
                await self._enter(caller, change, connection)
        self.announce(after, changes)
        return changes

    def announce(self, after: Organisation, changes: Sequence[Change]) -> None:
        """After the commit: take it here, tell the others."""
        self._take(after)
        kinds = tuple(sorted({change.kind for change in changes}))
        utc_us = self.world.utc_us()
        self.bus.publish(
            OrganisationChanged(identity=self.new_id(), utc_us=utc_us, revision=after.revision, kinds=kinds)
        )

    def new_id(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))

    async def base(self, connection: AsyncConnection) -> Organisation:
        """The present whole, held until the transaction ends; from memory when that is as new."""
        revision = await self.store.lock(connection)
        return self.now if self.now.revision == revision else await self.store.read_within(connection)

    def _take(self, organisation: Organisation) -> None:
        if organisation.revision >= self.now.revision:
            self.now = organisation

    async def _enter(self, caller: Caller, change: Change, connection: AsyncConnection) -> None:
        await self.recorder.enter(
            caller,
            f"org.{change.kind}.change",
            f"{change.kind}:{change.after.key}",
            department=department_of(change),
            connection=connection,
            done=change.what,
            changes="; ".join(f"{name}: {words}" for name, words in differences(change).items())[:LONGEST_DETAIL],
        )


def checked(base: Organisation, changes: Sequence[Change]) -> Organisation:
    """The whole with these changes. Raises RulesBroken."""
    after = base.with_changes(changes, base.revision + 1)
    if found := problems(after, changes):
        raise RulesBroken(found)
    return after


def department_of(change: Change) -> str:
    """The path of what it is about."""
    match change.after:
        case Department():
            return change.after.path
        case Delegation():
            return change.after.to_department
        case Officer() | EnforcementItem():
            return change.after.department
