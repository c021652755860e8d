"""Turns every failure into an RFC 9457 problem: a stable code, a title in the reader's language, never a stack."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from dispatch_server.kit import errors
from dispatch_server.protocol.problem import MEDIA_TYPE, Problem
from dispatch_server.web.languages import prefers_chinese
from dispatch_server.web.methods import allowed_at
from dispatch_server.web.statuses import CODES, titles_of

# The nearest class in an error's ancestry decides.
STATUS_OF: dict[type[BaseException], int] = {
    errors.Invalid: 400,
    errors.MalformedPacket: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Absent: 404,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Locked: 423,
    errors.Unconditional: 428,
    errors.TooMany: 429,
    errors.Damaged: 460,
    errors.NoRoom: 507,
    errors.Unavailable: 503,
    errors.RemoteFault: 400,
    errors.DispatchError: 500,
}
_ERRORS_NAMED_AT_MOST = 5
Report = Callable[[str, Exception], None]


def status_of(error: errors.DispatchError) -> int:
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def problem(scope: Scope, status: int, code: str = "", detail: str | None = None, **more: Any) -> Response:
    """The answer itself; `more`: accepted, retry_after_s, headers."""
    headers = dict(more.pop("headers", None) or {})
    chinese = prefers_chinese(scope)
    body = Problem(
        title=titles_of(status)[0 if chinese else 1],
        status=status,
        code=code or CODES.get(status, f"http_{status}"),
        detail=detail,
        instance=scope.get("path"),
        **more,
    )
    if body.retry_after_s is not None:
        headers["Retry-After"] = str(body.retry_after_s)
    headers |= {
        "Content-Language": "zh-CN" if chinese else "en",
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
    }
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, media_type=MEDIA_TYPE)


def of_error(scope: Scope, error: errors.DispatchError) -> Response:
    """One of our own errors; what is our fault is not told to others."""
    status = status_of(error)
    if status >= 500 and not isinstance(error, errors.Refusal):
        return problem(scope, status)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    accepted = list(getattr(error, "accepted", ())) or None
    retry_after_s = getattr(error, "retry_after_s", None)
    return problem(
        scope, status, error.code, error.sentence, accepted=accepted, retry_after_s=retry_after_s, headers=headers
    )


def of_http(scope: Scope, error: HTTPException) -> Response:
    """What the framework refuses: unknown paths, methods, bodies over the limit."""
    standard = error.detail == titles_of(error.status_code)[1]
    headers = dict(error.headers or {})
    if error.status_code == 405 and "app" in scope:
        headers["Allow"] = allowed_at(scope, scope["app"].routes) or headers.get("Allow", "")
    return problem(scope, error.status_code, detail=None if standard else str(error.detail), headers=headers)


def of_validation(scope: Scope, found: Sequence[Any]) -> Response:
    """A request that does not fit its schema: where and what, but not the value that was sent."""
    if any(one["loc"][:1] == ("body",) and isinstance(one.get("input"), bytes) for one in found):
        # The framework reads a body as JSON only when it says that it is: a form of another page cannot send one.
        return problem(scope, 415, detail="The body must be application/json.", accepted=["application/json"])
    sentences = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in found[:_ERRORS_NAMED_AT_MOST]]
    if len(found) > _ERRORS_NAMED_AT_MOST:
        sentences.append(f"and {len(found) - _ERRORS_NAMED_AT_MOST} more")
    return problem(scope, 422, detail=_printable("; ".join(sentences)))


def _printable(text: str) -> str:
    """Names of members come from the request: lone surrogates cannot be sent back as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")[:2000]


def install(app: FastAPI) -> None:
    """Let the framework's and our own errors be answered with problems. `CatchAll` does the rest."""

    def handler(make: Callable[[Scope, Any], Response]) -> Callable[[Any, Exception], Awaitable[Response]]:
        async def handle(request: Request | WebSocket, error: Exception) -> Response:
            answer = make(request.scope, error)
            if isinstance(request, WebSocket):  # the framework answers requests only
                await request.send_denial_response(answer)
            return answer

        return handle

    app.add_exception_handler(errors.DispatchError, handler(of_error))
    app.add_exception_handler(HTTPException, handler(of_http))
    app.add_exception_handler(
        RequestValidationError, handler(lambda scope, error: of_validation(scope, error.errors()))
    )


class CatchAll:
    """The outermost ring: an exception that nobody expected is reported to us and is a bare 500 to others."""

    def __init__(self, app: ASGIApp, report: Report) -> None:
        self.app = app
        self.report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except HTTPException as error:
            if started:
                raise
            await of_http(scope, error)(scope, receive, send)
        except errors.DispatchError as error:
            if started:
                raise
            await of_error(scope, error)(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:  # noqa: BLE001 - whatever it is, its sender sees only a bare 500
            self.report(f"{scope['method']} {scope['path']}", error)
            if started:
                raise ResponseBroken from None
            await problem(scope, 500)(scope, receive, send)


class ResponseBroken(errors.LocalFault):
    """An answer ended in its middle: the connection must end, or its reader would take a part for the whole."""

    def __init__(self) -> None:
        super().__init__("response_broken", "The answer could not be completed.")
