"""HTTP: policies and the clock, what is held, what is to be destroyed, and how long the disk lasts."""

from typing import Annotated

from fastapi import Path, Query

from dispatch_server.archive.retention import actions, messages
from dispatch_server.archive.retention.destructions import DestructionService
from dispatch_server.archive.retention.due import look_for_due
from dispatch_server.archive.retention.holds import HoldService
from dispatch_server.archive.retention.refusals import PartOnly
from dispatch_server.archive.retention.shown import destruction_entry, due_list, hold_entry, item_entries, policy_shown
from dispatch_server.archive.retention.storage import Storage
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol.problem import responses

RecordingId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
RowId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
After = Annotated[str, Query(max_length=64)]
DueAfter = Annotated[str, Query(max_length=96, pattern=r"^([0-9]{1,16}\.[A-Za-z0-9_-]{8,64})?$")]
Limit = Annotated[int, Query(ge=1, le=200)]
CHANGED = responses(400, 401, 403, 404, 409, 422, 429, 503)
LEVELS = ("fine", "alarm", "refuse", "stop")
DAY_US = 86_400_000_000


def keeping_routes(holds: HoldService, destructions: DestructionService, storage: Storage) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1", tags=["retention"])
    clock = holds.clock

    def clock_shown() -> messages.ClockShown:
        clock.believed()
        return messages.ClockShown(
            believed=clock.newest.believed,
            why_not=clock.newest.why_not,
            detail=clock.newest.detail,
            synchronised=clock.clocks.is_synchronised(),
            server_utc_us=holds.world.utc_us(),
        )

    @router.get("/retention/policy", responses=responses(401, 403))
    async def show_policy(_: Annotated[Session, permit(actions.SEE)]) -> messages.PolicyShown:
        """The rules in force."""
        return policy_shown(destructions.keeping.policies.current)

    @router.get("/retention/clock", responses=responses(401, 403))
    async def show_clock(_: Annotated[Session, permit(actions.SEE)]) -> messages.ClockShown:
        """Whether the server believes its own clock; while it does not, nothing ends by it."""
        return clock_shown()

    @router.post("/retention/clock/confirmation", status_code=201, responses=CHANGED)
    async def confirm_clock(session: Annotated[Session, permit(actions.CONFIRM_CLOCK)]) -> messages.ClockShown:
        """By somebody who has compared it with another clock."""
        if not session.scope(actions.CONFIRM_CLOCK).is_county:
            raise PartOnly
        await clock.confirm(session)
        return clock_shown()

    @router.get("/recordings/{recording_id}/keep", responses=responses(401, 403, 404, 503))
    async def show_keep(
        recording_id: RecordingId, session: Annotated[Session, permit(actions.SEE)]
    ) -> messages.KeepShown:
        """Until when one recording is kept, by which rule, and what holds it."""
        recording = await holds.find(recording_id, session.scope(actions.SEE))
        kept = (await destructions.keeping.of([recording]))[recording_id]
        return messages.KeepShown(
            recording_id=recording_id,
            until_utc_us=kept.keep.until_utc_us,
            rule=kept.keep.rule,
            holds=list(kept.holds),
            cases=list(kept.cases),
            listed=bool(await destructions.store.listed([recording_id])),
            why_not=kept.why_not(holds.world.utc_us()),
        )

    @router.get("/storage/forecast", responses=responses(401, 403))
    async def show_forecast(_: Annotated[Session, permit(actions.SEE)]) -> messages.ForecastShown:
        """When the disk is full, as of a quarter of an hour ago at most."""
        newest = storage.newest
        rooms = zip(storage.space.rooms, storage.space.levels, strict=True)
        return messages.ForecastShown(
            folders=[
                messages.FolderRoom.model_validate(
                    {"total_bytes": room.total, "free_bytes": room.free, "level": LEVELS[level]}
                )
                for room, level in rooms
            ],
            alarm_percent=storage.space.limits.alarm_percent,
            refuse_percent=storage.space.limits.refuse_percent,
            bytes_per_day=newest.bytes_per_day,
            full_utc_us=_moment(newest.full_day),
            full_with_destruction_utc_us=_moment(newest.full_day_with_destruction),
            held_bytes=storage.held_bytes,
            computed_utc_us=storage.computed_utc_us,
        )

    return router


def _moment(day: int | None) -> int | None:
    return None if day is None else day * DAY_US


def hold_routes(holds: HoldService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/holds", tags=["retention"])

    @router.get("", responses=responses(401, 403, 422, 503))
    async def list_holds(
        session: Annotated[Session, permit(actions.SEE_HOLDS)],
        standing: bool = True,
        after: After = "",
        limit: Limit = 50,
    ) -> messages.HoldList:
        """Newest first; `after` the id of the last one seen."""
        found = await holds.store.page(session.scope(actions.SEE_HOLDS), standing, after, limit)
        return messages.HoldList(holds=[hold_entry(one) for one in found])

    @router.post("", status_code=201, responses=CHANGED)
    async def place_hold(
        body: messages.NewHold, session: Annotated[Session, permit(actions.PLACE)]
    ) -> messages.HoldEntry:
        """From now on none of it is destroyed, whatever was approved."""
        scope = session.scope(actions.PLACE)
        return hold_entry(await holds.place(body.recordings, body.reason, session, body.until_utc_us, scope))

    @router.get("/{hold_id}", responses=responses(401, 403, 404, 503))
    async def show_hold(hold_id: RowId, session: Annotated[Session, permit(actions.SEE_HOLDS)]) -> messages.HoldDetail:
        """With those of its recordings that the one who asks may see."""
        scope = session.scope(actions.SEE_HOLDS)
        hold = await holds.get(hold_id, scope)
        ids = await holds.store.recordings_of(hold_id, scope)
        return messages.HoldDetail(**hold_entry(hold).model_dump(), recording_ids=ids)

    @router.post("/{hold_id}/release", status_code=201, responses=CHANGED)
    async def ask_release(
        hold_id: RowId, body: messages.WithReason, session: Annotated[Session, permit(actions.ASK_RELEASE)]
    ) -> messages.HoldEntry:
        """It goes on holding until somebody else confirms."""
        scope = session.scope(actions.ASK_RELEASE)
        return hold_entry(await holds.ask_release(hold_id, session, body.reason, scope))

    @router.delete("/{hold_id}/release", responses=CHANGED)
    async def withdraw_release(
        hold_id: RowId, session: Annotated[Session, permit(actions.ASK_RELEASE)]
    ) -> messages.HoldEntry:
        """What was asked is not asked any more."""
        return hold_entry(await holds.withdraw_release(hold_id, session, session.scope(actions.ASK_RELEASE)))

    @router.post("/{hold_id}/release/confirmation", status_code=201, responses=CHANGED)
    async def confirm_release(
        hold_id: RowId, session: Annotated[Session, permit(actions.RELEASE)]
    ) -> messages.HoldEntry:
        """By another person than the one who asked."""
        return hold_entry(await holds.release(hold_id, session, session.scope(actions.RELEASE)))

    return router


def destruction_routes(destructions: DestructionService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/destructions", tags=["retention"])

    @router.get("", responses=responses(401, 403, 422, 503))
    async def list_destructions(
        session: Annotated[Session, permit(actions.SEE_LISTS)],
        open: bool = True,
        after: After = "",
        limit: Limit = 50,
    ) -> messages.DestructionListed:
        """Newest first; `after` the id of the last one seen."""
        found = await destructions.store.page(session.scope(actions.SEE_LISTS), open, after, limit)
        return messages.DestructionListed(destructions=[destruction_entry(one) for one in found])

    @router.post("", status_code=201, responses=CHANGED)
    async def make_destruction(
        body: messages.NewDestruction, session: Annotated[Session, permit(actions.MAKE)]
    ) -> messages.DestructionEntry:
        """Whoever makes it does not approve it."""
        scope = session.scope(actions.MAKE)
        return destruction_entry(await destructions.make(session, scope, body.department, body.recordings, body.reason))

    @router.get("/due", responses=responses(401, 403, 409, 422, 503))
    async def list_due(
        session: Annotated[Session, permit(actions.SEE_LISTS)],
        department: Annotated[str, Query(max_length=200)] = "",
        after: DueAfter = "",
        limit: Limit = 100,
    ) -> messages.DueList:
        """What may be listed now, oldest first; a part may be empty and still have a next one."""
        scope = session.scope(actions.SEE_LISTS)
        due = await look_for_due(destructions, scope, department, after, limit)
        return due_list(due, destructions.world.utc_us())

    @router.get("/{destruction_id}", responses=responses(401, 403, 404, 422, 503))
    async def show_destruction(
        destruction_id: RowId,
        session: Annotated[Session, permit(actions.SEE_LISTS)],
        after: After = "",
        limit: Limit = 200,
    ) -> messages.DestructionDetail:
        """What stands on it and what was taken off, with the reason."""
        found = await destructions.get(destruction_id, session.scope(actions.SEE_LISTS))
        counts = await destructions.store.counts(destruction_id)
        some = await destructions.store.items(destruction_id, None, after, limit)
        return messages.DestructionDetail(
            **destruction_entry(found).model_dump(),
            counts={state: number for state, (number, _) in counts.items()},
            bytes={state: size for state, (_, size) in counts.items()},
            items=item_entries(some),
            next_after=some[-1].recording_id if len(some) == limit else None,
        )

    @router.post("/{destruction_id}/approval", status_code=201, responses=CHANGED)
    async def approve(
        destruction_id: RowId, session: Annotated[Session, permit(actions.APPROVE)]
    ) -> messages.DestructionEntry:
        """The first of two, or the second, who has another role; then the days of waiting begin."""
        scope = session.scope(actions.APPROVE)
        return destruction_entry(await destructions.approve(session, scope, destruction_id))

    @router.post("/{destruction_id}/stop", status_code=201, responses=CHANGED)
    async def stop(
        destruction_id: RowId, body: messages.WithReason, session: Annotated[Session, permit(actions.STOP)]
    ) -> messages.DestructionEntry:
        """For good, by any one."""
        scope = session.scope(actions.STOP)
        return destruction_entry(await destructions.stop(session, scope, destruction_id, body.reason))

    return router
