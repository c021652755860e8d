"""People: accounts are made, named, given rights, closed and opened; whatever takes a right away does so at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.identity.accounts import Account, AccountRules
from dispatch_server.identity.callers import Caller, SystemCaller
from dispatch_server.identity.credentials import Credentials
from dispatch_server.identity.model import Person, Session
from dispatch_server.identity.passwords import one_time_password
from dispatch_server.identity.people_store import Search
from dispatch_server.identity.roles import ADMINISTRATORS, Role, go_together
from dispatch_server.identity.service import RIGHTS_CHANGED, SignInService
from dispatch_server.identity.steps import TicketBox
from dispatch_server.kit.errors import Absent, Conflict, Forbidden, Invalid, Unavailable
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope

FIRST = (
    ("system", "系统管理员", Role.SYSTEM_ADMIN),
    ("security", "安全管理员", Role.SECURITY_ADMIN),
    ("audit", "审计管理员", Role.AUDIT_ADMIN),
)
# What only takes rights away is done without a ledger too; its line is in the journal then.
NEVER_REFUSED = frozenset({"person.disable", "person.sessions.end"})


class PersonUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("person_unknown", "There is no such person.")


class NotOneself(Forbidden):
    """Nobody gives or takes rights of their own."""

    def __init__(self) -> None:
        super().__init__("not_oneself", "Somebody else must do this for you.")


class RolesApart(Invalid):
    def __init__(self) -> None:
        super().__init__("roles_apart", "An administrator has that one role and no other.")


class OutsideScope(Forbidden):
    """The department is the asker's own word, so that saying so tells nothing."""

    def __init__(self) -> None:
        super().__init__("outside_scope", "That department is not within yours.")


class DepartmentUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("department_unknown", "There is no such department.")


class LastAdministrator(Conflict):
    def __init__(self) -> None:
        super().__init__("last_administrator", "Nobody else has this role; give it to somebody first.")


class PeopleThere(Conflict):
    def __init__(self) -> None:
        super().__init__("people_there", "There are people already; their administrators make more.")


def anywhere(path: str) -> bool:
    """Where no organisation was wired."""
    return True


@dataclass(slots=True)
class PeopleService:
    """
    `scope` is always the asker's for the action in hand: whoever stands outside it does not exist.

    `is_department`: rights in a department that is not there would be rights in the next one that takes its code.
    """

    credentials: Credentials
    sign_ins: SignInService
    tickets: TicketBox
    rules: AccountRules = field(default_factory=AccountRules)
    is_department: Callable[[str], bool] = anywhere

    async def has_people(self) -> bool:
        return bool(await self.credentials.store.count())

    async def create_first_administrators(self) -> list[tuple[str, str]]:
        """(account, one-time password) of the three. Raises PeopleThere when there is anybody."""
        if await self.credentials.store.count():
            raise PeopleThere
        made = [await self._new(account, name, "", frozenset({role})) for account, name, role in FIRST]
        async with self.credentials.store.writing() as connection:
            for account, _ in made:
                await self.credentials.store.add(connection, account)
                await self._enter(SystemCaller("setup"), "person.create", account, connection)
        return [(account.account, password) for account, password in made]

    async def search(self, search: Search) -> list[Account]:
        return await self.credentials.store.search(search)

    async def find(self, person_id: str, scope: Scope) -> Account:
        """Raises PersonUnknown."""
        account = await self.credentials.store.by_id(person_id, scope)
        if account is None:
            raise PersonUnknown
        return account

    async def create(
        self, caller: Session, scope: Scope, account: str, name: str, department: str
    ) -> tuple[Account, str]:
        """An account that has no rights yet, with its one-time password, shown this once."""
        self.check_place(scope, department)
        if await self.credentials.store.count() >= self.rules.capacity:
            raise Unavailable("too_many_people", "No more accounts can be made.")
        made, password = await self._new(account, name, department, frozenset())
        async with self.credentials.store.writing() as connection:
            await self.credentials.store.add(connection, made)
            await self._enter(caller, "person.create", made, connection, named=account)
        return made, password

    async def rename(self, caller: Session, scope: Scope, person_id: str, version: int, name: str) -> Account:
        account = await self.find(person_id, scope)
        await self._change(caller, "person.change", account, version, {"name": name}, name=name)
        await self.sign_ins.agree(person_id)
        return await self.find(person_id, scope)

    async def set_rights(
        self, caller: Session, scope: Scope, person_id: str, version: int, roles: frozenset[Role], department: str
    ) -> Account:
        """Other roles or another department; permits were given to the former ones; all sign-ins of the person end."""
        account = await self.find(person_id, scope)
        self._of_another(caller, account)
        if not go_together(roles):
            raise RolesApart
        self.check_place(scope, department)
        same = account.person.roles == roles and account.person.department == department
        lost = account.person.roles - roles
        values = {"roles": " ".join(sorted(roles)), "department": department}
        detail: dict[str, Any] = {
            "roles": values["roles"],
            "roles_before": " ".join(sorted(account.person.roles)),
            "department_before": account.person.department,
        }
        lost &= ADMINISTRATORS
        await self._change(
            caller, "person.rights", account, version, values, lost, ends=True, drop_permits=not same, **detail
        )
        return await self.find(person_id, scope)

    async def disable(self, caller: Session, scope: Scope, person_id: str, version: int) -> Account:
        account = await self.find(person_id, scope)
        self._of_another(caller, account)
        lost = account.person.roles & ADMINISTRATORS
        await self._change(caller, "person.disable", account, version, {"disabled": True}, lost, ends=True)
        return await self.find(person_id, scope)

    async def enable(self, caller: Session, scope: Scope, person_id: str, version: int) -> Account:
        """Also somebody who did not sign in for too long."""
        account = await self.find(person_id, scope)
        self._of_another(caller, account)
        values = {"disabled": False, "used_utc_us": self.credentials.world.utc_us()}
        await self._change(caller, "person.enable", account, version, values)
        return await self.find(person_id, scope)

    async def reset_factor(self, caller: Session, scope: Scope, person_id: str) -> None:
        """For who lost the authenticator; an administrator enrols another one at the next sign-in."""
        account = await self.find(person_id, scope)
        self._of_another(caller, account)
        values = {"sealed_factor": None, "factor_step": 0}
        await self._change(caller, "person.factor", account, account.version, values, clear=True, ends=True)

    async def sessions(self, caller: Session, scope: Scope, person_id: str) -> list[Session]:
        """Where and when somebody else works is looked at on record."""
        account = await self.find(person_id, scope)
        async with self.credentials.store.writing() as connection:
            await self._enter(caller, "person.sessions", account, connection)
        return await self.sign_ins.store.of_person(account.person.id)

    async def end_sessions(self, caller: Session, scope: Scope, person_id: str) -> int:
        account = await self.find(person_id, scope)
        async with self.credentials.store.writing() as connection:
            removed = await self.sign_ins.store.remove_of(person_id, connection=connection)
            await self._enter(caller, "person.sessions.end", account, connection)
        return self.sign_ins.forget_of(person_id, "ended by an administrator", removed=removed)

    async def one_time_password(self) -> tuple[str, str]:
        """One, and its hash: made before a transaction is begun, because that takes long."""
        password = one_time_password(self.credentials.world.chance)
        return password, await self.credentials.hashing.hash(password)

    async def set_one_time_password(self, connection: AsyncConnection, account: Account, hashed: str) -> None:
        """In the caller's transaction; the second factor and all devices are forgotten with the old password."""
        utc_us, store, person_id = self.credentials.world.utc_us(), self.credentials.store, account.person.id
        values = {
            "password_hash": hashed,
            "password_utc_us": utc_us,
            "used_utc_us": utc_us,
            "must_change": True,
            "sealed_factor": None,
            "factor_step": 0,
        }
        await store.change(connection, person_id, account.version, values)
        await store.put_codes(connection, person_id, [])
        await store.forget_devices(connection, person_id)

    async def _new(self, account: str, name: str, department: str, roles: frozenset[Role]) -> tuple[Account, str]:
        world, utc_us = self.credentials.world, self.credentials.world.utc_us()
        person = Person(uuid7(utc_us // 1000, world.chance(RANDOM_BYTES)), name, roles, department)
        password, hashed = await self.one_time_password()
        return Account(person, account, hashed, utc_us, True, utc_us, utc_us), password

    async def _change(
        self,
        caller: Session,
        action: str,
        account: Account,
        version: int,
        values: dict[str, Any],
        lost: frozenset[Role] = frozenset(),
        clear: bool = False,
        ends: bool = False,
        drop_permits: bool = False,
        **detail: Any,
    ) -> None:
        """`lost`: administrators' roles that somebody else must have; `ends`: all sign-ins of the person with it."""
        store, person_id = self.credentials.store, account.person.id
        async with store.writing() as connection:
            for role in lost:
                if not await store.has_role(connection, role, person_id):
                    raise LastAdministrator
            await store.change(connection, person_id, version, values)
            if clear:
                await store.put_codes(connection, person_id, [])
            if ends:
                await self.remove_sign_ins(connection, person_id)
            if drop_permits:
                detail["permits_dropped"] = await store.drop_permits(connection, person_id)
            await self._enter(caller, action, account, connection, **detail)
        if ends:
            self.forget_sign_ins(person_id)

    async def remove_sign_ins(self, connection: AsyncConnection, person_id: str) -> None:
        """In the caller's transaction: no right is taken away while what was opened with it stays."""
        await self.sign_ins.store.remove_of(person_id, connection=connection)

    def forget_sign_ins(self, person_id: str) -> None:
        """After its commit; begun ones too: the person's rights are others now."""
        self.tickets.forget(person_id)
        self.sign_ins.forget_of(person_id, RIGHTS_CHANGED)

    def check_place(self, scope: Scope, department: str) -> None:
        """Raises OutsideScope, DepartmentUnknown."""
        if not scope.covers(department):
            raise OutsideScope
        if not self.is_department(department):
            raise DepartmentUnknown

    async def _enter(
        self, caller: Caller, action: str, account: Account, connection: AsyncConnection, **detail: Any
    ) -> None:
        person, recorder = account.person, self.credentials.recorder
        put = recorder.enter_anyway if action in NEVER_REFUSED else recorder.enter
        await put(caller, action, f"person:{person.id}", department=person.department, connection=connection, **detail)

    @staticmethod
    def _of_another(caller: Session, account: Account) -> None:
        if caller.person.id == account.person.id:
            raise NotOneself
