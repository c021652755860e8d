"""Permits and recoveries in the database."""

from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.identity.accounts import Asked, Granted, Recovery
from dispatch_server.identity.store import permit_of
from dispatch_server.identity.tables import people, permits, recoveries
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope


class RightsStore:
    """The scope is over the person whom a row is about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def permits(self, scope: Scope, utc_us: int, person_id: str = "", after: str = "") -> list[Granted]:
        """Those that stand, oldest first, a page of them."""
        query = select(permits, people.c.name, people.c.department.label("home")).join(people)
        query = query.where(in_scope(people.c.department, scope), permits.c.until_utc_us > utc_us, permits.c.id > after)
        if person_id:
            query = query.where(permits.c.person_id == person_id)
        async with self._database.reading() as connection:
            return [_granted_of(row) for row in await connection.execute(query.order_by(permits.c.id).limit(200))]

    async def permit(self, permit_id: str, scope: Scope) -> Granted | None:
        query = select(permits, people.c.name, people.c.department.label("home")).join(people)
        query = query.where(permits.c.id == permit_id, in_scope(people.c.department, scope))
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _granted_of(row) if row is not None else None

    async def add_permit(self, connection: AsyncConnection, granted: Granted) -> None:
        permit = granted.permit
        values = {
            "id": permit.id,
            "person_id": granted.person_id,
            "action": permit.action,
            "department": permit.department,
            "until_utc_us": permit.until_utc_us,
            "granted_by": granted.granted_by,
            "granted_utc_us": granted.granted_utc_us,
        }
        await connection.execute(insert(permits).values(values))

    async def count_permits(self, connection: AsyncConnection, person_id: str, utc_us: int) -> int:
        standing = (permits.c.person_id == person_id) & (permits.c.until_utc_us > utc_us)
        return int((await connection.execute(select(func.count()).select_from(permits).where(standing))).scalar_one())

    async def remove_permit(self, connection: AsyncConnection, permit_id: str) -> bool:
        return bool((await connection.execute(delete(permits).where(permits.c.id == permit_id))).rowcount)

    async def recoveries(self, scope: Scope, since_utc_us: int) -> list[Recovery]:
        """The newest first."""
        query = select(recoveries, people.c.name).join(people).where(in_scope(people.c.department, scope))
        query = query.where(recoveries.c.asked_utc_us >= since_utc_us).order_by(recoveries.c.asked_utc_us.desc())
        async with self._database.reading() as connection:
            return [_recovery_of(row) for row in await connection.execute(query.limit(200))]

    async def recovery(self, recovery_id: str, scope: Scope) -> Recovery | None:
        query = select(recoveries, people.c.name).join(people)
        query = query.where(recoveries.c.id == recovery_id, in_scope(people.c.department, scope))
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _recovery_of(row) if row is not None else None

    async def add_recovery(self, connection: AsyncConnection, recovery: Recovery) -> None:
        values = {
            "id": recovery.id,
            "person_id": recovery.person_id,
            "reason": recovery.reason,
            "asked_by": recovery.asked_by,
            "asked_roles": " ".join(sorted(recovery.asked_roles)),
            "asked_utc_us": recovery.asked_utc_us,
            "state": recovery.state.value,
            "confirmed_by": "",
            "ended_utc_us": 0,
        }
        await connection.execute(insert(recoveries).values(values))

    async def end_recovery(
        self, connection: AsyncConnection, recovery_id: str, state: Asked, by: str, utc_us: int
    ) -> bool:
        """False when somebody else ended it meanwhile."""
        still = (recoveries.c.id == recovery_id) & (recoveries.c.state == Asked.ASKED.value)
        ended = update(recoveries).where(still).values(state=state.value, confirmed_by=by, ended_utc_us=utc_us)
        return bool((await connection.execute(ended)).rowcount)


def _granted_of(row: Row[Any]) -> Granted:
    return Granted(permit_of(row), row.person_id, row.name, row.home, row.granted_by, row.granted_utc_us)


def _recovery_of(row: Row[Any]) -> Recovery:
    return Recovery(
        id=row.id,
        person_id=row.person_id,
        person_name=row.name,
        reason=row.reason,
        asked_by=row.asked_by,
        asked_roles=frozenset(row.asked_roles.split()),
        asked_utc_us=row.asked_utc_us,
        state=Asked(row.state),
        confirmed_by=row.confirmed_by,
        ended_utc_us=row.ended_utc_us,
    )
