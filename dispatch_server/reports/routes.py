"""GET /api/v1/search/recordings: every recording that one may see, by all that is known of it."""

from typing import Annotated

from fastapi import Query

from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol.problem import responses
from dispatch_server.protocol.search import FoundRecordings
from dispatch_server.reports.actions import PARTY, SEARCH
from dispatch_server.reports.asked import Asked, query_of
from dispatch_server.reports.refusals import PartyHidden
from dispatch_server.reports.service import SearchService, scopes_of


def search_routes(search: SearchService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/search", tags=["search"])

    @router.get("/recordings", responses=responses(400, 401, 403, 422, 503))
    async def search_recordings(
        asked: Annotated[Asked, Query()], session: Annotated[Session, permit(SEARCH)]
    ) -> FoundRecordings:
        """Newest first. What is outside of the asker's departments is not looked at."""
        if asked.party and not session.may(PARTY):
            raise PartyHidden
        return await search.search(session, query_of(asked, *scopes_of(session, by_party=bool(asked.party))))

    return router
