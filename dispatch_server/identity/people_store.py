"""People in the database: accounts, old passwords, recovery codes, devices that are known."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.identity.accounts import Account
from dispatch_server.identity.model import Permit
from dispatch_server.identity.passwords import HISTORY
from dispatch_server.identity.store import permit_of, person_of
from dispatch_server.identity.tables import known_devices, old_passwords, people, permits, recovery_codes
from dispatch_server.kit.errors import Conflict, Stale
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope

DEVICES_EACH = 10


class AccountTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("account_taken", "There is an account of this name.")


class PersonStale(Stale):
    def __init__(self) -> None:
        super().__init__("person_stale", "Somebody changed this person meanwhile; read again.")


@dataclass(frozen=True, slots=True)
class Search:
    scope: Scope
    text: str = ""
    role: str = ""
    after: str = ""  # account of the last one of the page before
    limit: int = 100


class PeopleStore:
    """Writes take the connection of the caller's transaction, so that the ledger's line stands or falls with them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._database.transaction()

    async def count(self) -> int:
        async with self._database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(people))).scalar_one())

    async def by_id(self, person_id: str, scope: Scope | None = None) -> Account | None:
        """In that scope, if one is given: what lies outside is not read."""
        query = _accounts().where(people.c.id == person_id)
        if scope is not None:
            query = query.where(in_scope(people.c.department, scope))
        return await self._one(query)

    async def for_sign_in(self, account: str, device: bytes) -> tuple[Account | None, bool]:
        """Who has that account, and whether they signed in on that device before; the same work for nobody."""
        query = select(known_devices.c.digest).join(people, people.c.id == known_devices.c.person_id)
        query = query.where(people.c.account == account, known_devices.c.digest == device)
        async with self._database.reading() as connection:
            row = (await connection.execute(_accounts().where(people.c.account == account))).one_or_none()
            is_known = (await connection.execute(query)).first() is not None
        return (_account_of(row) if row is not None else None), is_known

    async def search(self, search: Search) -> list[Account]:
        query = _accounts().where(in_scope(people.c.department, search.scope), people.c.account > search.after)
        if search.text:
            text = search.text.lower()
            query = query.where(
                people.c.account.contains(text, autoescape=True) | people.c.name.contains(search.text, autoescape=True)
            )
        if search.role:
            query = query.where((" " + people.c.roles + " ").contains(f" {search.role} ", autoescape=True))
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(people.c.account).limit(search.limit))
            return [_account_of(row) for row in rows]

    async def add(self, connection: AsyncConnection, account: Account) -> None:
        """Raises AccountTaken."""
        taken = select(people.c.id).where(people.c.account == account.account)
        if (await connection.execute(taken)).first() is not None:
            raise AccountTaken
        person = account.person
        values = {
            "id": person.id,
            "account": account.account,
            "name": person.name,
            "department": person.department,
            "roles": " ".join(sorted(person.roles)),
            "disabled": account.disabled,
            "password_hash": account.password_hash,
            "password_utc_us": account.password_utc_us,
            "must_change": account.must_change,
            "sealed_factor": account.sealed_factor,
            "factor_step": account.factor_step,
            "created_utc_us": account.created_utc_us,
            "used_utc_us": account.used_utc_us,
            "version": account.version,
        }
        try:
            await connection.execute(insert(people).values(values))
        except IntegrityError:
            raise AccountTaken from None

    async def change(
        self, connection: AsyncConnection, person_id: str, version: int, values: Mapping[str, Any]
    ) -> None:
        """From the version that was read. Raises PersonStale."""
        wanted = update(people).where(people.c.id == person_id, people.c.version == version)
        if not (await connection.execute(wanted.values(**values, version=version + 1))).rowcount:
            raise PersonStale

    async def use_step(self, connection: AsyncConnection, person_id: str, step: int) -> bool:
        """A code's time step, once: of two that come at the same moment one finds it used."""
        wanted = update(people).where(people.c.id == person_id, people.c.factor_step < step)
        return bool((await connection.execute(wanted.values(factor_step=step))).rowcount)

    async def signed_in(self, connection: AsyncConnection, person_id: str, utc_us: int) -> None:
        await connection.execute(update(people).where(people.c.id == person_id).values(used_utc_us=utc_us))

    async def rehashed(self, connection: AsyncConnection, account: Account, hashed: str) -> None:
        """The same password; if it was changed meanwhile, nothing."""
        same = (people.c.id == account.person.id) & (people.c.password_hash == account.password_hash)
        await connection.execute(update(people).where(same).values(password_hash=hashed))

    async def permits_of(self, person_id: str, utc_us: int) -> tuple[Permit, ...]:
        query = select(permits).where(permits.c.person_id == person_id, permits.c.until_utc_us > utc_us)
        async with self._database.reading() as connection:
            return tuple(permit_of(row) for row in await connection.execute(query.order_by(permits.c.id)))

    async def drop_permits(self, connection: AsyncConnection, person_id: str) -> int:
        return int((await connection.execute(delete(permits).where(permits.c.person_id == person_id))).rowcount)

    async def hold(self, connection: AsyncConnection, account: Account) -> None:
        """Nobody changes that person before this transaction ends. Raises PersonStale when somebody did already."""
        query = select(people.c.version).where(people.c.id == account.person.id).with_for_update()
        if (await connection.execute(query)).scalar() != account.version:
            raise PersonStale

    # Old passwords.

    async def old_passwords(self, person_id: str) -> list[str]:
        """The newest first, as many as must not come again; the present one is the first of them."""
        query = select(old_passwords.c.password_hash).where(old_passwords.c.person_id == person_id)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(old_passwords.c.set_utc_us.desc()).limit(HISTORY))
            return list(found.scalars())

    async def remember_password(self, connection: AsyncConnection, person_id: str, hashed: str, utc_us: int) -> None:
        mine = old_passwords.c.person_id == person_id
        await connection.execute(
            insert(old_passwords).values(person_id=person_id, set_utc_us=utc_us, password_hash=hashed)
        )
        newest = select(old_passwords.c.set_utc_us).where(mine).order_by(old_passwords.c.set_utc_us.desc())
        kept = list((await connection.execute(newest.limit(HISTORY))).scalars())
        await connection.execute(delete(old_passwords).where(mine, old_passwords.c.set_utc_us < kept[-1]))

    # Recovery codes.

    async def put_codes(self, connection: AsyncConnection, person_id: str, digests: list[bytes]) -> None:
        """In place of all that there were."""
        await connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
        if digests:
            rows = [{"person_id": person_id, "digest": digest} for digest in digests]
            await connection.execute(insert(recovery_codes), rows)

    async def use_code(self, connection: AsyncConnection, person_id: str, digest: bytes) -> bool:
        """Once."""
        mine = (recovery_codes.c.person_id == person_id) & (recovery_codes.c.digest == digest)
        return bool((await connection.execute(delete(recovery_codes).where(mine))).rowcount)

    # Devices.

    async def know_device(self, connection: AsyncConnection, person_id: str, digest: bytes, utc_us: int) -> None:
        """Now signed in on it; of too many the longest unused is forgotten."""
        mine = known_devices.c.person_id == person_id
        this = mine & (known_devices.c.digest == digest)
        if not (await connection.execute(update(known_devices).where(this).values(used_utc_us=utc_us))).rowcount:
            values = {"digest": digest, "person_id": person_id, "used_utc_us": utc_us}
            await connection.execute(insert(known_devices).values(values))
        oldest = select(known_devices.c.digest).where(mine).order_by(known_devices.c.used_utc_us.desc())
        spare = list((await connection.execute(oldest.offset(DEVICES_EACH).limit(DEVICES_EACH))).scalars())
        if spare:
            await connection.execute(delete(known_devices).where(mine, known_devices.c.digest.in_(spare)))

    async def forget_devices(self, connection: AsyncConnection, person_id: str) -> None:
        await connection.execute(delete(known_devices).where(known_devices.c.person_id == person_id))

    async def has_role(self, connection: AsyncConnection, role: str, but: str) -> bool:
        """Whether somebody else who may sign in has that role: the last administrator of a kind stays one."""
        holds = (people.c.roles == role) & people.c.disabled.is_(False) & (people.c.id != but)
        return bool((await connection.execute(select(exists().where(holds)))).scalar())

    async def _one(self, query: Select[Any]) -> Account | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _account_of(row) if row is not None else None


def _accounts() -> Select[Any]:
    mine = recovery_codes.c.person_id == people.c.id
    left = select(func.count()).select_from(recovery_codes).where(mine).scalar_subquery()
    return select(people, left.label("codes_left"))


def _account_of(row: Row[Any]) -> Account:
    return Account(
        person=person_of(row),
        account=row.account,
        password_hash=row.password_hash,
        password_utc_us=row.password_utc_us,
        must_change=row.must_change,
        created_utc_us=row.created_utc_us,
        used_utc_us=row.used_utc_us,
        disabled=row.disabled,
        sealed_factor=row.sealed_factor,
        factor_step=row.factor_step,
        recovery_codes=row.codes_left,
        version=row.version,
    )
