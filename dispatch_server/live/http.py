"""What WHIP and WHEP have in common on the wire: bounded bodies, media types, refusals, headers."""

from typing import Any

from fastapi import Request, Response

from dispatch_server.kit.errors import Invalid, TooLarge, Unsupported
from dispatch_server.kit.networks import network_of
from dispatch_server.live.credentials import Knock
from dispatch_server.live.service import Opened, Patched

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
SESSION_KEY = "Session-Key"
EXPOSED = ("Location", "ETag", "Link", "Accept-Patch", SESSION_KEY, "Retry-After", "WWW-Authenticate")

TEXT_BODY: dict[str, Any] = {"schema": {"type": "string"}}
OFFER_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {SDP: TEXT_BODY}}}
FRAGMENT_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {FRAGMENT: TEXT_BODY}}}
CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The answer; the session is at Location.",
        "content": {SDP: TEXT_BODY},
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "The session, for PATCH and DELETE."},
            "ETag": {"schema": {"type": "string"}, "description": "The ICE session, for If-Match."},
        },
    }
}
PATCHED: dict[int | str, dict[str, Any]] = {
    200: {"description": "ICE was restarted: the answering fragment.", "content": {FRAGMENT: TEXT_BODY}},
    204: {"description": "Candidates taken."},
}


class BodyTooLarge(TooLarge):
    def __init__(self, limit_bytes: int) -> None:
        super().__init__("too_large", f"The body may have at most {limit_bytes} bytes.")


async def read_text(request: Request, media_type: str, limit_bytes: int) -> str:
    """The body, when it is of that type, not too large, and UTF-8."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise Unsupported("media_type_unsupported", f"The body must be {media_type}.", accepted=(media_type,))
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Invalid("offer_malformed", "The body is not UTF-8.") from None


def knock_of(request: Request, bearer: str | None) -> Knock:
    address = network_of(request.client.host) if request.client is not None else ""
    return Knock(bearer, address, request.headers.get(SESSION_KEY))


def created(opened: Opened, location: str) -> Response:
    """201 with everything that the client needs later (RFC 9725 section 4.2)."""
    headers = {"Location": location, "ETag": opened.etag, "Accept-Patch": FRAGMENT, "Cache-Control": "no-store"}
    if opened.session_key is not None:
        headers[SESSION_KEY] = opened.session_key
    return Response(opened.answer, 201, headers, SDP)


def patched(outcome: Patched) -> Response:
    """204 without an ETag, or 200 with the new one (RFC 9725 sections 4.3.2 and 4.3.3)."""
    if outcome.fragment is None or outcome.etag is None:
        return Response(status_code=204)
    return Response(outcome.fragment, 200, {"ETag": outcome.etag, "Cache-Control": "no-store"}, FRAGMENT)


def method_list(methods: str, **more: str) -> Response:
    """The answer to OPTIONS: 200, what may be posted (RFC 9725 section 4.2), and what a foreign page may send."""
    headers = {"Allow": methods, **{name.replace("_", "-"): value for name, value in more.items()}}
    return Response(status_code=200, headers=headers)
