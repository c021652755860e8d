"""Signing in and out: /api/v1/sessions."""

from typing import Annotated

from fastapi import Request, Response

from dispatch_server.identity.guard import CurrentSession, cookie_name, open_to_all, permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.identity.service import SignInService
from dispatch_server.protocol import console
from dispatch_server.protocol.problem import responses


def session_routes(service: SignInService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/sessions", tags=["sessions"])

    def shown(session: Session) -> console.CurrentSession:
        person = session.person
        return console.CurrentSession(
            person=console.Person(
                id=person.id, name=person.name, roles=sorted(person.roles), department=person.department
            ),
            actions=session.actions(),
            idle_end_utc_us=session.idle_end_utc_us(service.times),
            absolute_end_utc_us=session.absolute_end_utc_us(service.times),
        )

    @router.post(
        "",
        status_code=201,
        responses=responses(400, 401, 403, 413, 415, 422, 429, 503),
        dependencies=[open_to_all("session.begin", "whoever signs in is not signed in yet; the code is the proof")],
    )
    async def sign_in(body: console.SignIn, request: Request, response: Response) -> console.CurrentSession:
        """Exchange the code of a sign-in link for a session cookie."""
        secret, session = await service.begin(body.code)
        response.set_cookie(
            cookie_name(request),
            secret,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/",
        )
        return shown(session)

    @router.get("/current", responses=responses(401, 403, 503))
    async def current(session: CurrentSession) -> console.CurrentSession:
        """Who is signed in, and what that person may do."""
        return shown(session)

    @router.delete("/current", status_code=204, responses=responses(401, 403, 503))
    async def sign_out(
        session: Annotated[Session, permit("session.end")], request: Request, response: Response
    ) -> None:
        """End the session and all that was opened with it."""
        await service.end(session, "signed out")
        response.delete_cookie(
            cookie_name(request),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/",
        )

    return router
