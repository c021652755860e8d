"""Permits and recoveries: /api/v1/permits, /api/v1/recoveries."""

from typing import Annotated

from fastapi import Path, Query

from dispatch_server.identity.accounts import Granted, Recovery
from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.recoveries import RecoveryService
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.identity.rights import PermitService
from dispatch_server.protocol import people
from dispatch_server.protocol.problem import responses

RowId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
CHANGED = responses(400, 401, 403, 404, 409, 412, 422, 429, 503)


def permit_entry(granted: Granted) -> people.PermitEntry:
    return people.PermitEntry(
        id=granted.permit.id,
        person_id=granted.person_id,
        person_name=granted.person_name,
        action=granted.permit.action,
        department=granted.permit.department,
        until_utc_us=granted.permit.until_utc_us,
        granted_by=granted.granted_by,
        granted_utc_us=granted.granted_utc_us,
    )


def recovery_entry(recovery: Recovery, utc_us: int) -> people.RecoveryEntry:
    return people.RecoveryEntry(
        id=recovery.id,
        person_id=recovery.person_id,
        person_name=recovery.person_name,
        reason=recovery.reason,
        asked_by=recovery.asked_by,
        asked_utc_us=recovery.asked_utc_us,
        state=recovery.state_at(utc_us).value,
        ended_by=recovery.confirmed_by,
        ended_utc_us=recovery.ended_utc_us,
    )


def permit_routes(service: PermitService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/permits", tags=["permits"])

    @router.get("", responses=responses(401, 403, 422, 503))
    async def list_permits(
        session: Annotated[Session, permit("permit.list")],
        person_id: Annotated[str, Query(max_length=64)] = "",
        after: Annotated[str, Query(max_length=64)] = "",
    ) -> people.PermitList:
        """Those that stand now, oldest first, 200 at a time; `after` the id of the last one seen."""
        found = await service.list(session.scope("permit.list"), person_id, after)
        permittable = sorted(name for name, action in ACTIONS.items() if action.permittable)
        return people.PermitList(permits=[permit_entry(one) for one in found], permittable=permittable)

    @router.post("", status_code=201, responses=CHANGED)
    async def grant(body: people.NewPermit, session: Annotated[Session, permit("permit.grant")]) -> people.PermitEntry:
        """Counts at once, also for those who are signed in."""
        scope = session.scope("permit.grant")
        granted = await service.grant(session, scope, body.person_id, body.action, body.department, body.until_utc_us)
        return permit_entry(granted)

    @router.delete("/{permit_id}", status_code=204, responses=CHANGED)
    async def revoke(permit_id: RowId, session: Annotated[Session, permit("permit.revoke")]) -> None:
        """What was opened with it ends."""
        await service.revoke(session, session.scope("permit.revoke"), permit_id)

    return router


def recovery_routes(service: RecoveryService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/recoveries", tags=["recoveries"])
    world = service.people.credentials.world

    @router.get("", responses=responses(401, 403, 503))
    async def list_recoveries(session: Annotated[Session, permit("recovery.list")]) -> people.RecoveryList:
        """Those of the last ninety days, the newest first."""
        found = await service.list(session.scope("recovery.list"))
        return people.RecoveryList(recoveries=[recovery_entry(one, world.utc_us()) for one in found])

    @router.post("", status_code=201, responses=CHANGED)
    async def ask(
        body: people.NewRecovery, session: Annotated[Session, permit("recovery.ask")]
    ) -> people.RecoveryEntry:
        """For who lost the password, or password and second factor; good for a day."""
        recovery = await service.ask(session, session.scope("recovery.ask"), body.person_id, body.reason)
        return recovery_entry(recovery, world.utc_us())

    @router.post("/{recovery_id}/confirmation", status_code=201, responses=CHANGED)
    async def confirm(
        recovery_id: RowId, session: Annotated[Session, permit("recovery.confirm")]
    ) -> people.RecoveryDone:
        """By an administrator of another role; the old password, second factor and sign-ins are gone."""
        account, password = await service.confirm(session, session.scope("recovery.confirm"), recovery_id)
        return people.RecoveryDone(account=account.account, one_time_password=password)

    @router.delete("/{recovery_id}", status_code=204, responses=CHANGED)
    async def withdraw(recovery_id: RowId, session: Annotated[Session, permit("recovery.withdraw")]) -> None:
        await service.withdraw(session, session.scope("recovery.withdraw"), recovery_id)

    return router
