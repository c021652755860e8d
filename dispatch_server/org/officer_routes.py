"""/api/v1/org/officers: each department sees its own, the system administrator changes them."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.org import shown
from dispatch_server.org.actions import CHANGE_OFFICER, LIST_OFFICERS
from dispatch_server.org.conditions import IfMatch, etag, reach, version_of
from dispatch_server.org.editing import changed, created
from dispatch_server.org.model import Officer
from dispatch_server.org.refusals import ThingUnknown
from dispatch_server.org.service import OrgService
from dispatch_server.org.store import OfficerQuery
from dispatch_server.protocol import organisation as messages
from dispatch_server.protocol.problem import responses

Editor = Annotated[Session, permit(CHANGE_OFFICER)]
OfficerId = Annotated[str, Path(max_length=36)]


def officer_routes(org: OrgService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/org/officers", tags=["organisation"])

    def answer(officer_id: str, response: Response) -> messages.Officer:
        officer = org.officers()[officer_id]
        response.headers["ETag"] = etag(officer.version)
        return shown.officer(officer, org)

    @router.get("", responses=responses(401, 403, 422, 503))
    async def list_officers(
        session: Annotated[Session, permit(LIST_OFFICERS)],
        department: Annotated[str, Query(max_length=64)] = "",
        after: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        with_closed: bool = False,
    ) -> messages.OfficerList:
        """By certificate number, of the departments that one may see; `after` is the last number that was listed."""
        # PostgreSQL takes no NUL in a text, and no number has one: nothing lies behind it, nothing is in it.
        if "\0" in after + department:
            return messages.OfficerList(officers=[], next_after=None)
        query = OfficerQuery(session.scope(LIST_OFFICERS), limit, department, after, with_closed)
        found = await org.list_officers(query)
        following = found[-1].certificate if len(found) == limit else None
        return messages.OfficerList(officers=[shown.officer(one, org) for one in found], next_after=following)

    @router.post("", status_code=201, responses=responses(400, 401, 403, 404, 409, 413, 422, 503))
    async def create_officer(body: messages.OfficerWish, session: Editor, response: Response) -> messages.Officer:
        """Enter an officer with the certificate."""
        reach(session.scope(CHANGE_OFFICER), body.department)
        made = Officer(id=org.new_id(), **_values(body))
        await org.change(session, created(made))
        return answer(made.id, response)

    @router.put("/{officer_id}", responses=responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503))
    async def change_officer(
        officer_id: OfficerId,
        body: messages.OfficerChange,
        session: Editor,
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.Officer:
        """All of it; a withdrawn or expired certificate cannot start an enforcement."""
        version = version_of(if_match)
        present = org.officers().get(officer_id)
        if present is None:
            raise ThingUnknown
        reach(session.scope(CHANGE_OFFICER), present.department, body.department)
        closing = changed("officers", officer_id, version, body.closed, org.world.utc_us(), _values(body))
        await org.change(session, closing)
        return answer(officer_id, response)

    return router


def _values(body: messages.OfficerWish) -> dict[str, Any]:
    return body.model_dump(exclude={"closed"})
