"""Recovery of an account by two administrators of different roles: neither can take an account over alone."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.identity.accounts import DAY_US, RECOVERY, Account, Asked, Recovery, Said
from dispatch_server.identity.model import Session
from dispatch_server.identity.people import NotOneself, PeopleService
from dispatch_server.identity.rights_store import RightsStore
from dispatch_server.kit.errors import Absent, Conflict, Forbidden
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope

SHOWN_US = 90 * DAY_US


class RecoveryUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("recovery_unknown", "There is no such recovery.")


class RecoveryOver(Conflict):
    def __init__(self, state: Asked) -> None:
        super().__init__("recovery_over", f"This recovery is {state}.")


class AnotherRole(Forbidden):
    def __init__(self) -> None:
        super().__init__("another_role_needed", "An administrator of another role must confirm this.")


@dataclass(slots=True)
class RecoveryService:
    people: PeopleService
    store: RightsStore

    async def list(self, scope: Scope) -> list[Recovery]:
        return await self.store.recoveries(scope, self._utc_us() - SHOWN_US)

    async def ask(self, caller: Session, scope: Scope, person_id: str, reason: str) -> Recovery:
        account = await self.people.find(person_id, scope)
        self._of_another(caller, account)
        world, person = self.people.credentials.world, account.person
        identity = uuid7(self._utc_us() // 1000, world.chance(RANDOM_BYTES))
        roles = frozenset(role.value for role in caller.person.roles)
        recovery = Recovery(
            identity, person.id, person.name, reason, caller.person.id, roles, self._utc_us(), RECOVERY.first
        )
        async with self.people.credentials.store.writing() as connection:
            await self.store.add_recovery(connection, recovery)
            await self._enter(caller, "recovery.ask", recovery, account, connection)
        return recovery

    async def confirm(self, caller: Session, scope: Scope, recovery_id: str) -> tuple[Account, str]:
        """The account, and the one-time password for it, shown this once to the one who confirms."""
        recovery, account = await self._open(scope, recovery_id)
        self._of_another(caller, account)
        if caller.person.id == recovery.asked_by or recovery.asked_roles & {role.value for role in caller.person.roles}:
            raise AnotherRole
        password, hashed = await self.people.one_time_password()
        async with self.people.credentials.store.writing() as connection:
            await self._end(connection, recovery, Said.CONFIRM, caller)
            await self.people.set_one_time_password(connection, account, hashed)
            await self.people.remove_sign_ins(connection, account.person.id)
            await self._enter(caller, "recovery.confirm", recovery, account, connection)
        self.people.forget_sign_ins(account.person.id)
        return account, password

    async def withdraw(self, caller: Session, scope: Scope, recovery_id: str) -> None:
        recovery, account = await self._open(scope, recovery_id)
        async with self.people.credentials.store.writing() as connection:
            await self._end(connection, recovery, Said.WITHDRAW, caller)
            await self._enter(caller, "recovery.withdraw", recovery, account, connection)

    async def _open(self, scope: Scope, recovery_id: str) -> tuple[Recovery, Account]:
        """Raises RecoveryUnknown, RecoveryOver."""
        recovery = await self.store.recovery(recovery_id, scope)
        if recovery is None:
            raise RecoveryUnknown
        state = recovery.state_at(self._utc_us())
        if state is not Asked.ASKED:
            raise RecoveryOver(state)
        return recovery, await self.people.find(recovery.person_id, scope)

    async def _end(self, connection: AsyncConnection, recovery: Recovery, said: Said, caller: Session) -> None:
        state = RECOVERY.after(recovery.state, said)
        if not await self.store.end_recovery(connection, recovery.id, state, caller.person.id, self._utc_us()):
            raise RecoveryOver(state)

    async def _enter(
        self, caller: Session, action: str, recovery: Recovery, account: Account, connection: AsyncConnection
    ) -> None:
        person = account.person
        await self.people.credentials.recorder.enter(
            caller,
            action,
            f"recovery:{recovery.id}",
            department=person.department,
            connection=connection,
            person=person.id,
            reason=recovery.reason,
        )

    def _utc_us(self) -> int:
        return self.people.credentials.world.utc_us()

    @staticmethod
    def _of_another(caller: Session, account: Account) -> None:
        if caller.person.id == account.person.id:
            raise NotOneself
