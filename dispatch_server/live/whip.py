"""WHIP, RFC 9725: publish with one HTTP POST."""

from typing import Annotated

from fastapi import Header, Request, Response

from dispatch_server.identity.guard import bearer_of, open_to_all
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.live import http
from dispatch_server.live.service import LiveService
from dispatch_server.live.tokens import Direction
from dispatch_server.protocol.problem import responses

MAY_PUBLISH = bearer_of("whip.publish", "publish with a media token, a publish key or a session key")
MAY_CHANGE = bearer_of("whip.session", "change or end the publication that the same bearer began")
ASK_METHODS = open_to_all("whip.options", "says what may be sent, the same for every path")
IfMatch = Annotated[str | None, Header(description="The session's ETag, or * for an ICE restart.")]
REFUSED = responses(400, 401, 403, 409, 413, 415, 429, 503)


def whip_routes(service: LiveService) -> GuardedRouter:
    router = GuardedRouter(prefix="/whip", tags=["WHIP"])
    limits = service.limits

    @router.post(
        "/{source}",
        status_code=201,
        response_class=Response,
        responses={**http.CREATED, **REFUSED},
        openapi_extra=http.OFFER_BODY,
    )
    async def publish(source: str, request: Request, bearer: Annotated[str | None, MAY_PUBLISH]) -> Response:
        """Publish `source` (RFC 9725 section 4.2). A returning publisher shows its Session-Key."""
        knock = http.knock_of(request, bearer)
        service.doorkeeper.check_patience(knock, service.world.monotonic())
        offer = await http.read_text(request, http.SDP, limits.offer_bytes)
        opened = service.publish(source, offer, knock)
        return http.created(opened, f"/whip/sessions/{opened.session_id}")

    @router.patch(
        "/sessions/{session_id}",
        response_class=Response,
        responses={**http.PATCHED, **responses(400, 401, 404, 412, 413, 415, 428, 429)},
        openapi_extra=http.FRAGMENT_BODY,
    )
    async def patch(
        session_id: str,
        request: Request,
        bearer: Annotated[str | None, MAY_CHANGE],
        if_match: IfMatch = None,
    ) -> Response:
        """Trickle ICE, or restart ICE (RFC 9725 section 4.3)."""
        fragment = await http.read_text(request, http.FRAGMENT, limits.fragment_bytes)
        return http.patched(service.patch(Direction.PUBLISH, session_id, bearer, if_match, fragment))

    @router.delete("/sessions/{session_id}", response_class=Response, responses=responses(401, 404))
    async def end(session_id: str, bearer: Annotated[str | None, MAY_CHANGE]) -> Response:
        """End the publication, and with it the stream."""
        service.leave(Direction.PUBLISH, session_id, bearer)
        return Response(status_code=200)

    @router.options("/{source}", response_class=Response, dependencies=[ASK_METHODS])
    async def endpoint_methods(source: str) -> Response:
        return http.method_list("GET, HEAD, POST, OPTIONS", Accept_Post=http.SDP)

    @router.options("/sessions/{session_id}", response_class=Response, dependencies=[ASK_METHODS])
    async def session_methods(session_id: str) -> Response:
        return http.method_list("GET, HEAD, PATCH, DELETE, OPTIONS", Accept_Patch=http.FRAGMENT)

    @router.head("/{source}", status_code=204, include_in_schema=False, dependencies=[ASK_METHODS])
    @router.get("/{source}", status_code=204, response_class=Response, dependencies=[ASK_METHODS])
    async def endpoint_content(source: str) -> Response:
        """Success without content, as RFC 9725 section 4.1 has it for GET; it tells nothing about any stream."""
        return Response(status_code=204)

    @router.head("/sessions/{session_id}", status_code=204, include_in_schema=False, dependencies=[ASK_METHODS])
    @router.get("/sessions/{session_id}", status_code=204, response_class=Response, dependencies=[ASK_METHODS])
    async def session_content(session_id: str) -> Response:
        """The same for every id, known or not."""
        return Response(status_code=204)

    return router
