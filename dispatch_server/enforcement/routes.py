"""What the signed-in console asks: /api/v1/enforcements."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query

from dispatch_server.enforcement import actions
from dispatch_server.enforcement.commands import Commands
from dispatch_server.enforcement.model import State
from dispatch_server.enforcement.store import Query as Search
from dispatch_server.enforcement.store import Reach
from dispatch_server.enforcement.views import Views
from dispatch_server.identity.guard import permit, require
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol import enforcement as words
from dispatch_server.protocol import enforcement_views as shapes
from dispatch_server.protocol.problem import responses

CHANGING = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)
ASKING = responses(400, 401, 403, 404, 422, 503)
Time = Annotated[int | None, Query(ge=0, le=2**53)]
Text = Annotated[str, Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Path = Annotated[str, Query(pattern=r"^([0-9]{2}(/[0-9]{2}){0,3})?$")]
StateName = Literal["opened", "under_way", "finished", "filed", "cancelled"]
Seer = Annotated[Session, permit(actions.LIST)]
Changer = Annotated[Session, permit(actions.CHANGE)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; `officer` by certificate number or name, `party` by part of the name or the whole number."""

    state: list[StateName]
    department: str
    officer: str
    item: str
    party: str
    from_utc_us: int | None
    to_utc_us: int | None


def filters(
    state: Annotated[list[StateName] | None, Query(max_length=5)] = None,
    department: Path = "",
    officer: Text = "",
    item: Text = "",
    party: Text = "",
    from_utc_us: Time = None,
    to_utc_us: Time = None,
) -> Filters:
    return Filters(state or [], department, officer, item, party, from_utc_us, to_utc_us)


def reading_routes(views: Views) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1", tags=["enforcements"])

    @router.get("/enforcements", responses=ASKING)
    async def list_enforcements(
        session: Seer,
        asked: Annotated[Filters, Depends(filters)],
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> shapes.EnforcementList:
        """Newest opened first. To search by the party one must be allowed to see who it is, and is put on record."""
        scope = session.scope(actions.LIST)
        if asked.party:
            require(session, actions.PARTY)
            await views.note_search_by_party(session)
            scope = session.scope(actions.PARTY)
        query = Search(
            limit,
            Reach(scope),
            tuple(State(one) for one in asked.state),
            asked.department,
            asked.officer,
            asked.item,
            asked.party,
            asked.from_utc_us,
            asked.to_utc_us,
        )
        return await views.search(query, cursor)

    @router.get("/enforcements/under-way", responses=ASKING)
    async def list_under_way(session: Seer) -> shapes.EnforcementsUnderWay:
        """Longest first, with those whose terminals went silent long ago."""
        return views.under_way(session.scope(actions.LIST))

    @router.get("/enforcements/choices", responses=ASKING)
    async def list_choices(
        session: Annotated[Session, permit(actions.OPEN)], department: Path = ""
    ) -> shapes.EnforcementChoices:
        """What an enforcement of a department is made of: items in its power, officers who may act, terminals."""
        return views.choices_here(department, session.scope(actions.OPEN))

    @router.get("/enforcements/{enforcement_id}", responses=ASKING)
    async def read_enforcement(enforcement_id: str, session: Seer) -> shapes.EnforcementDetail:
        """With its checklist; a natural person is masked."""
        return await views.detail(enforcement_id, Reach(session.scope(actions.LIST)))

    @router.get("/enforcements/{enforcement_id}/party", responses=ASKING)
    async def read_party(enforcement_id: str, session: Annotated[Session, permit(actions.PARTY)]) -> shapes.PartyShown:
        """In full; each view is on record."""
        return await views.party(enforcement_id, session.scope(actions.PARTY))

    @router.get("/recording-steps", responses=ASKING)
    async def read_recording_steps(session: Seer) -> shapes.RecordingStepList:
        """The required-recording list by which new enforcements are judged."""
        return views.steps()

    return router


def changing_routes(commands: Commands) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/enforcements", tags=["enforcements"])

    async def take(session: Session, action: str, identity: str, body: words.Command) -> words.CommandAnswer:
        return await commands.take(session, action, Reach(session.scope(action)), identity, body)

    @router.post("", status_code=201, responses=CHANGING)
    async def open_enforcement(
        body: words.EnforcementOpenHere, session: Annotated[Session, permit(actions.OPEN)]
    ) -> words.CommandAnswer:
        """For a team and its terminals; it begins when one of them says so, or the console."""
        scope = session.scope(actions.OPEN)
        return await commands.open(session, actions.OPEN, body, body.department, scope)

    @router.post("/{enforcement_id}/begin", responses=CHANGING)
    async def begin(enforcement_id: str, body: words.EnforcementBegin, session: Changer) -> words.CommandAnswer:
        """After the check of battery, space and clock; what it warns of needs a reason."""
        return await take(session, actions.CHANGE, enforcement_id, body)

    @router.post("/{enforcement_id}/steps", responses=CHANGING)
    async def take_step(enforcement_id: str, body: words.EnforcementStep, session: Changer) -> words.CommandAnswer:
        """A step that must be on record begins or ends."""
        return await take(session, actions.CHANGE, enforcement_id, body)

    @router.post("/{enforcement_id}/marks", responses=CHANGING)
    async def make_mark(
        enforcement_id: str, body: words.EnforcementMark, session: Annotated[Session, permit(actions.MARK)]
    ) -> words.CommandAnswer:
        """Words at a moment (打点)."""
        return await take(session, actions.MARK, enforcement_id, body)

    @router.post("/{enforcement_id}/pause", responses=CHANGING)
    async def pause(enforcement_id: str, body: words.EnforcementPause, session: Changer) -> words.CommandAnswer:
        """Recording stops for a reason."""
        return await take(session, actions.CHANGE, enforcement_id, body)

    @router.post("/{enforcement_id}/resume", responses=CHANGING)
    async def resume(enforcement_id: str, body: words.EnforcementResume, session: Changer) -> words.CommandAnswer:
        """It goes on, and says why it had stopped."""
        return await take(session, actions.CHANGE, enforcement_id, body)

    @router.post("/{enforcement_id}/finish", responses=CHANGING)
    async def finish(enforcement_id: str, body: words.EnforcementFinish, session: Changer) -> words.CommandAnswer:
        """Required steps that were not taken need a reason each."""
        return await take(session, actions.CHANGE, enforcement_id, body)

    @router.post("/{enforcement_id}/cancel", responses=CHANGING)
    async def cancel(enforcement_id: str, body: words.EnforcementCancel, session: Changer) -> words.CommandAnswer:
        """Opened by mistake; only before it begins."""
        return await take(session, actions.CHANGE, enforcement_id, body)

    @router.post("/{enforcement_id}/excuse", responses=CHANGING)
    async def excuse(
        enforcement_id: str, body: words.EnforcementExcuse, session: Annotated[Session, permit(actions.EXCUSE)]
    ) -> words.CommandAnswer:
        """The written explanation why a step is not on record."""
        return await take(session, actions.EXCUSE, enforcement_id, body)

    @router.post("/{enforcement_id}/file", responses=CHANGING)
    async def file(
        enforcement_id: str, body: words.EnforcementFile, session: Annotated[Session, permit(actions.FILE)]
    ) -> words.CommandAnswer:
        """The case file takes it, and links it in the same act: nothing changes any more."""
        return await take(session, actions.FILE, enforcement_id, body)

    return router
