"""Signing in and out: /api/v1/sessions."""

from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from dispatch_server.identity import people_actions as people_actions
from dispatch_server.identity.cookies import browser_of, drop_session, knock_of, set_device, set_session
from dispatch_server.identity.credentials import SignInRefused
from dispatch_server.identity.guard import CurrentSession, open_to_all, permit, session_of
from dispatch_server.identity.model import Session, SessionTimes
from dispatch_server.identity.password_sign_in import Knock, Missing, PasswordSignIn, SignedIn
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.steps import TicketRefused
from dispatch_server.protocol import console, people
from dispatch_server.protocol.problem import responses

DEVICE_S = 180 * 86_400
STEP: dict[int | str, dict[str, Any]] = {
    202: {"model": people.SignInStep, "description": "Right so far; something is missing."}
}
WHY_OPEN = "whoever signs in is not signed in yet; what is shown is the proof"


def shown(session: Session, times: SessionTimes) -> console.CurrentSession:
    person = session.person
    return console.CurrentSession(
        person=console.Person(id=person.id, name=person.name, roles=sorted(person.roles), department=person.department),
        actions=session.actions(),
        idle_end_utc_us=session.idle_end_utc_us(times),
        absolute_end_utc_us=session.absolute_end_utc_us(times),
    )


def session_routes(service: SignInService, by_password: PasswordSignIn | None = None) -> GuardedRouter:
    """Without `by_password` only a one-time link lets in."""
    router = GuardedRouter(prefix="/api/v1/sessions", tags=["sessions"])
    _entrance(router, service, by_password)

    @router.get("/current", responses=responses(401, 403, 503))
    async def current(session: CurrentSession) -> console.CurrentSession:
        """Who is signed in, and what that person may do."""
        return shown(session, service.times)

    @router.delete("/current", status_code=204, responses=responses(401, 403, 503))
    async def sign_out(
        session: Annotated[Session, permit("session.end")], request: Request, response: Response
    ) -> None:
        """End the session and all that was opened with it."""
        await service.end(session, "signed out")
        drop_session(request, response)

    return router


def _entrance(router: GuardedRouter, service: SignInService, by_password: PasswordSignIn | None) -> None:
    refusals = responses(400, 401, 403, 413, 415, 422, 429, 503)

    async def entered(request: Request, response: Response, secret: str, session: Session) -> console.CurrentSession:
        """What was signed in at this browser before is not any more."""
        before = await session_of(request)
        if before is not None:
            await service.end(before, "signed in again")
        set_session(request, response, secret)
        return shown(session, service.times)

    async def answered(request: Request, response: Response, outcome: SignedIn | Missing) -> console.CurrentSession:
        if isinstance(outcome, Missing):
            step = people.SignInStep(
                step=outcome.step.value, ticket=outcome.ticket, secret=outcome.secret or None, uri=outcome.uri or None
            )
            answer = JSONResponse(step.model_dump(), 202, {"Cache-Control": "no-store"})
            return answer  # type: ignore[return-value]  # the framework sends a Response as it is
        set_device(request, response, outcome, DEVICE_S)
        return await entered(request, response, outcome.secret, outcome.session)

    @router.post(
        "", status_code=201, responses={**refusals, **STEP}, dependencies=[open_to_all("session.begin", WHY_OPEN)]
    )
    async def sign_in(
        body: console.SignIn | people.PasswordSignIn, request: Request, response: Response
    ) -> console.CurrentSession:
        """Exchange the code of a sign-in link, or a password and what goes with it, for a session cookie."""
        if isinstance(body, console.SignIn):
            return await entered(request, response, *await service.begin(body.code, _browser(request)))
        if by_password is None:
            raise SignInRefused
        knock = knock_of(request, body.account)
        return await answered(request, response, await by_password.begin(body.account, body.password, body.totp, knock))

    @router.post(
        "/steps", status_code=201, responses={**refusals, **STEP}, dependencies=[open_to_all("session.step", WHY_OPEN)]
    )
    async def next_step(body: people.NextStep, request: Request, response: Response) -> console.CurrentSession:
        """Show what the step before said was missing."""
        if by_password is None:
            raise TicketRefused

        def knock(account: str) -> Knock:
            return knock_of(request, account)

        return await answered(
            request, response, await by_password.go_on(body.ticket, body.totp, body.new_password, knock)
        )


def _browser(request: Request) -> str:
    return browser_of(request)
