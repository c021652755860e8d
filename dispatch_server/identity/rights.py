"""Permits: one action for one person in one subtree, until a moment; given and taken back with effect at once."""

from dataclasses import dataclass

from dispatch_server.identity.accounts import DAY_US, Granted
from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.model import Permit, Session
from dispatch_server.identity.people import NotOneself, PeopleService
from dispatch_server.identity.rights_store import RightsStore
from dispatch_server.identity.roles import ADMINISTRATORS
from dispatch_server.kit.errors import Absent, Invalid, TooMany
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope

LONGEST_US = 366 * DAY_US


class PermitUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("permit_unknown", "There is no such permit.")


class NotPermittable(Invalid):
    def __init__(self) -> None:
        super().__init__("not_permittable", "That is no action that a permit can give.")


class AdministratorsApart(Invalid):
    """Who gives rights, changes the system or reads the ledger has that one power."""

    def __init__(self) -> None:
        super().__init__("administrators_apart", "An administrator is permitted nothing beside that role.")


class UntilWrong(Invalid):
    def __init__(self) -> None:
        super().__init__("until_wrong", "A permit ends in the future, within a year.")


class TooManyPermits(TooMany):
    def __init__(self) -> None:
        super().__init__("too_many_permits", "This person has as many permits as one may have.")


@dataclass(slots=True)
class PermitService:
    people: PeopleService
    store: RightsStore

    async def list(self, scope: Scope, person_id: str = "", after: str = "") -> list[Granted]:
        return await self.store.permits(scope, self.people.credentials.world.utc_us(), person_id, after)

    async def grant(
        self, caller: Session, scope: Scope, person_id: str, action: str, department: str, until_utc_us: int
    ) -> Granted:
        """The person and the department are both within the asker's scope; nobody permits themself anything."""
        account = await self.people.find(person_id, scope)
        if account.person.id == caller.person.id:
            raise NotOneself
        if account.person.roles & ADMINISTRATORS:
            raise AdministratorsApart
        known = ACTIONS.get(action)
        if known is None or not known.permittable:
            raise NotPermittable
        self.people.check_place(scope, department)
        world, recorder = self.people.credentials.world, self.people.credentials.recorder
        utc_us = world.utc_us()
        if not utc_us < until_utc_us <= utc_us + LONGEST_US:
            raise UntilWrong
        permit = Permit(uuid7(utc_us // 1000, world.chance(RANDOM_BYTES)), action, department, until_utc_us)
        person = account.person
        granted = Granted(permit, person.id, person.name, person.department, caller.person.id, utc_us)
        async with self.people.credentials.store.writing() as connection:
            await self.people.credentials.store.hold(connection, account)
            if await self.store.count_permits(connection, person.id, utc_us) >= self.people.rules.permits_each:
                raise TooManyPermits
            await self.store.add_permit(connection, granted)
            await recorder.enter(
                caller,
                "permit.grant",
                f"permit:{permit.id}",
                department=department,
                connection=connection,
                person=person.id,
                permits=action,
                until_utc_us=until_utc_us,
            )
        await self.people.sign_ins.agree(person.id)
        return granted

    async def revoke(self, caller: Session, scope: Scope, permit_id: str) -> None:
        """What was opened with it ends at once here, and within seconds on other nodes."""
        granted = await self.store.permit(permit_id, scope)
        if granted is None:
            raise PermitUnknown
        async with self.people.credentials.store.writing() as connection:
            if not await self.store.remove_permit(connection, permit_id):
                raise PermitUnknown
            # It only takes a right away: done without a ledger too.
            await self.people.credentials.recorder.enter_anyway(
                caller,
                "permit.revoke",
                f"permit:{permit_id}",
                department=granted.permit.department,
                connection=connection,
                person=granted.person_id,
                permits=granted.permit.action,
            )
        await self.people.sign_ins.agree(granted.person_id)
