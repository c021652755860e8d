"""WHEP, draft-ietf-wish-whep: watch with one HTTP POST, and choose the layer while watching."""

from typing import Annotated

from fastapi import Header, Query, Request, Response

from dispatch_server.identity.guard import bearer_of, open_to_all
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.live import http
from dispatch_server.live.service import LiveService
from dispatch_server.live.tokens import Direction
from dispatch_server.media.abilities import Layer
from dispatch_server.protocol.console import LayerChoice, LayerWish
from dispatch_server.protocol.problem import responses

MAY_WATCH = bearer_of("whep.watch", "watch with a media token")
MAY_CHANGE = bearer_of("whep.session", "change or end the viewing that the same bearer began")
ASK_METHODS = open_to_all("whep.options", "says what may be sent, the same for every path")
IfMatch = Annotated[str | None, Header(description="The session's ETag, or * for an ICE restart.")]
Wish = Annotated[LayerChoice, Query(description="The picture that is wanted; auto: what the link allows.")]
LAYERS: dict[LayerChoice, Layer | None] = {"main": Layer.MAIN, "sub": Layer.SUB, "auto": None}
REFUSED = responses(400, 401, 403, 409, 413, 415, 422, 429, 503)


def whep_routes(service: LiveService) -> GuardedRouter:
    router = GuardedRouter(prefix="/whep", tags=["WHEP"])
    limits = service.limits

    @router.post(
        "/{stream}",
        status_code=201,
        response_class=Response,
        responses={**http.CREATED, **REFUSED},
        openapi_extra=http.OFFER_BODY,
    )
    async def watch(
        stream: str, request: Request, bearer: Annotated[str | None, MAY_WATCH], layer: Wish = "auto"
    ) -> Response:
        """Watch a stream, named by its id or by its source. 409 with Retry-After while it is not live."""
        knock = http.knock_of(request, bearer)
        service.doorkeeper.check_patience(knock, service.world.monotonic())
        offer = await http.read_text(request, http.SDP, limits.offer_bytes)
        opened = service.watch(stream, LAYERS[layer], offer, knock)
        return http.created(opened, f"/whep/sessions/{opened.session_id}")

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
        """Trickle ICE, or restart ICE."""
        fragment = await http.read_text(request, http.FRAGMENT, limits.fragment_bytes)
        return http.patched(service.patch(Direction.WATCH, session_id, bearer, if_match, fragment))

    @router.put("/sessions/{session_id}/layer", status_code=204, responses=responses(400, 401, 404, 413, 422))
    async def choose_layer(session_id: str, wish: LayerWish, bearer: Annotated[str | None, MAY_CHANGE]) -> None:
        """Switch the picture at the next key frame."""
        service.choose_layer(session_id, bearer, LAYERS[wish.layer])

    @router.delete("/sessions/{session_id}", response_class=Response, responses=responses(401, 404))
    async def end(session_id: str, bearer: Annotated[str | None, MAY_CHANGE]) -> Response:
        """Stop watching."""
        service.leave(Direction.WATCH, session_id, bearer)
        return Response(status_code=200)

    @router.options("/{stream}", response_class=Response, dependencies=[ASK_METHODS])
    async def endpoint_methods(stream: str) -> Response:
        return http.method_list("GET, HEAD, POST, OPTIONS", Accept_Post=http.SDP)

    @router.options("/sessions/{session_id}", response_class=Response, dependencies=[ASK_METHODS])
    async def session_methods(session_id: str) -> Response:
        return http.method_list("GET, HEAD, PATCH, DELETE, OPTIONS", Accept_Patch=http.FRAGMENT)

    @router.options("/sessions/{session_id}/layer", response_class=Response, dependencies=[ASK_METHODS])
    async def layer_methods(session_id: str) -> Response:
        return http.method_list("PUT, OPTIONS")

    @router.head("/{stream}", status_code=204, include_in_schema=False, dependencies=[ASK_METHODS])
    @router.get("/{stream}", status_code=204, response_class=Response, dependencies=[ASK_METHODS])
    async def endpoint_content(stream: str) -> Response:
        """Success without content, as RFC 9725 section 4.1 has it for GET; it tells nothing about any stream."""
        return Response(status_code=204)

    @router.head("/sessions/{session_id}", status_code=204, include_in_schema=False, dependencies=[ASK_METHODS])
    @router.get("/sessions/{session_id}", status_code=204, response_class=Response, dependencies=[ASK_METHODS])
    async def session_content(session_id: str) -> Response:
        """The same for every id, known or not."""
        return Response(status_code=204)

    return router
