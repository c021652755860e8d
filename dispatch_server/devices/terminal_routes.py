"""What terminals ask: to be let in (/api/v1/terminals/…), and then with their access token (/api/v1/terminal/…)."""

import re
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Depends, Request, Response

from dispatch_server.devices import shown
from dispatch_server.devices.assertion import GRANT_TYPE
from dispatch_server.devices.model import Facts
from dispatch_server.devices.parts import DeviceParts
from dispatch_server.devices.refusals import AssertionRefused, GrantUnknown, PinRefused
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import by_terminal, open_to_all
from dispatch_server.identity.recording import asking
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.errors import Unsupported
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import terminal as words
from dispatch_server.protocol.enrolment import EnrolAnswer
from dispatch_server.protocol.problem import responses

FORM = "application/x-www-form-urlencoded"
LONGEST_FORM = 8_192
REFUSED = responses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
OPEN_TO_CODES = open_to_all("terminal.enrol", "a device that enrols is not known yet; the one-time code is the proof")
OPEN_TO_KEYS = open_to_all("terminal.token", "the assertion that the device's key signed is the proof")
TOKEN_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "assertion"],
                    "properties": {
                        "grant_type": {"type": "string", "const": GRANT_TYPE},
                        "assertion": {"type": "string", "description": "A JWT signed by the device's key."},
                    },
                }
            }
        },
    }
}
_PAIR = re.compile(r"[A-Za-z0-9._~%:+-]*")


def way_in_routes(parts: DeviceParts) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/terminals", tags=["terminals"])

    @router.post("/enrol", status_code=201, dependencies=[OPEN_TO_CODES], responses=REFUSED)
    async def enrol(body: words.EnrolRequest, request: Request, response: Response) -> EnrolAnswer:
        """Exchange a one-time code for a place in the register, under the key that the device made."""
        device = body.device
        facts = Facts(device.model, device.serial, device.system, device.version)
        terminal, key = await parts.enrolling.enrol(
            body.code, body.number, body.public_key.members(), facts, address_of(request)
        )
        response.headers["Cache-Control"] = "no-store"
        return EnrolAnswer(
            number=terminal.number,
            name=terminal.name,
            department=terminal.department,
            key_id=key.id,
            audience=parts.enrolling.tokens.issuer,
            server_utc_us=parts.devices.world.utc_us(),
            heartbeat_s=parts.heartbeat_s,
            signals_path="/ws/terminal",
            footage_key=parts.footage_key(),
        )

    @router.post("/token", dependencies=[OPEN_TO_KEYS], responses=REFUSED, openapi_extra=TOKEN_FORM)
    async def token(request: Request, response: Response) -> words.TokenAnswer:
        """An access token for a signed assertion (RFC 7523 section 2.1)."""
        form = await read_form(request)
        if form.get("grant_type") != GRANT_TYPE:
            raise GrantUnknown
        granted = parts.enrolling.grant(form.get("assertion", ""), address_of(request))
        response.headers["Cache-Control"] = "no-store"
        return words.TokenAnswer(access_token=granted, expires_in=int(parts.enrolling.tokens.life_s))

    return router


def terminal_routes(parts: DeviceParts) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/terminal", tags=["terminals"])
    shifts = parts.shifts

    @router.post("/key", status_code=201, responses=REFUSED)
    async def roll_over(
        body: words.RollOverRequest, caller: Annotated[TerminalCaller, by_terminal("terminal.key")]
    ) -> words.RollOverAnswer:
        """A new key, signed by the old one; the old one opens nothing more, what it opened goes on."""
        key = await parts.enrolling.roll_over(caller, body.by_old, body.by_new)
        return words.RollOverAnswer(key_id=key.id, server_utc_us=parts.devices.world.utc_us())

    @router.post("/heartbeat", responses=REFUSED)
    async def heartbeat(
        body: words.Heartbeat, caller: Annotated[TerminalCaller, by_terminal("terminal.heartbeat")]
    ) -> words.HeartbeatAnswer:
        """The same as over the socket, for a device that has none open."""
        return await parts.heartbeats.heartbeat(caller, body)

    @router.get("/shift", responses=REFUSED)
    async def who_carries(caller: Annotated[TerminalCaller, by_terminal("terminal.shift")]) -> words.CurrentShifts:
        return words.CurrentShifts(shifts=[shown.current_shift(one) for one in shifts.of(caller.number)])

    async def count_try() -> None:
        """Behind the mark, before the line in the ledger: a flood of tries is no flood of lines."""
        asked = asking.get()
        if asked is not None and isinstance(asked.caller, TerminalCaller):
            shifts.count_try(asked.caller.number)

    @router.post("/shift", status_code=201, responses=REFUSED)
    async def log_in(
        body: words.ShiftLogin,
        caller: Annotated[TerminalCaller, by_terminal("terminal.shift")],
        _: Annotated[None, Depends(count_try)],
    ) -> words.CurrentShift:
        """An officer takes it, by a code of the console or by number and PIN."""
        if body.code is not None:
            return shown.current_shift(await shifts.log_in_by_code(caller, body.code))
        if body.officer is None or body.pin is None:
            raise PinRefused
        return shown.current_shift(await shifts.log_in_by_pin(caller, body.officer, body.pin))

    @router.delete("/shift/{officer}", status_code=204, responses=REFUSED)
    async def log_out(
        officer: str,
        caller: Annotated[TerminalCaller, by_terminal("terminal.shift")],
        _: Annotated[None, Depends(count_try)],
    ) -> None:
        """An officer returns it."""
        await shifts.give_back(caller.number, Scope.of(caller.department), officer, "returned at the terminal")

    return router


async def read_form(request: Request) -> dict[str, str]:
    """Two short values; a repeated name, or anything that needs decoding beyond %XX of ASCII, is refused."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != FORM:
        raise Unsupported("media_type_unsupported", f"The body must be {FORM}.", accepted=(FORM,))
    body = await request.body()
    if len(body) > LONGEST_FORM or not body.isascii():
        raise AssertionRefused
    found: dict[str, str] = {}
    for pair in body.decode("ascii").split("&"):
        name, _, value = pair.partition("=")
        if name in found or not _PAIR.fullmatch(value):
            raise AssertionRefused
        found[name] = unquote_plus(value)
    return found


def address_of(request: Request) -> str:
    return request.client.host if request.client is not None else ""
