"""What a person does about their own sign-ins, password and second factor: /api/v1/me."""

from typing import Annotated

from fastapi import Path

from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session, SessionTimes
from dispatch_server.identity.proving import Proving
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.errors import Absent
from dispatch_server.protocol import people
from dispatch_server.protocol.problem import responses

SessionId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]


class SignInUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("sign_in_unknown", "There is no such sign-in.")


def entry_of(session: Session, current: str) -> people.SignInEntry:
    return people.SignInEntry(
        id=session.id,
        is_current=session.id == current,
        begun_utc_us=session.begun_utc_us,
        seen_utc_us=session.seen_utc_us,
        address=session.address,
        device=session.device,
    )


def own_routes(proving: Proving) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/me", tags=["me"])
    _sign_ins(router, proving)
    _presence(router, proving.sign_ins.times)
    _password(router, proving)
    _factor(router, proving)
    return router


def _sign_ins(router: GuardedRouter, proving: Proving) -> None:
    @router.get("/sessions", responses=responses(401, 403, 503))
    async def list_own(session: Annotated[Session, permit("me.sessions")]) -> people.SignInList:
        """Where one is signed in now."""
        own = await proving.sign_ins.store.of_person(session.person.id)
        return people.SignInList(sessions=[entry_of(one, session.id) for one in own])

    @router.delete("/sessions", responses=responses(401, 403, 503))
    async def end_others(session: Annotated[Session, permit("me.sessions.end")]) -> people.EndedCount:
        """End all but this one."""
        ended = await proving.end_others(session)
        return people.EndedCount(ended=ended)

    @router.delete("/sessions/{session_id}", status_code=204, responses=responses(401, 403, 404, 503))
    async def end_own(session_id: SessionId, session: Annotated[Session, permit("me.sessions.end")]) -> None:
        """End one, also this one."""
        if not await proving.end_own(session, session_id):
            raise SignInUnknown

    @router.post("/proof", status_code=204, responses=responses(401, 403, 404, 409, 422, 429, 503))
    async def prove(body: people.Proof, session: Annotated[Session, permit("session.prove")]) -> None:
        """Show the second factor again, for what wants it fresh."""
        await proving.prove(session, body.totp)


def _presence(router: GuardedRouter, times: SessionTimes) -> None:
    @router.post("/presence", responses=responses(401, 403, 503))
    async def present(session: Annotated[Session, permit("me.presence")]) -> people.SignInEnds:
        """Somebody moved a pointer or pressed a key: sent by a page at most once a minute, never by itself."""
        return people.SignInEnds(
            idle_end_utc_us=session.idle_end_utc_us(times), absolute_end_utc_us=session.absolute_end_utc_us(times)
        )


def _password(router: GuardedRouter, proving: Proving) -> None:
    @router.put("/password", status_code=204, responses=responses(400, 401, 403, 404, 412, 422, 429, 503))
    async def change(body: people.PasswordChange, session: Annotated[Session, permit("me.password")]) -> None:
        """Change it; all other sign-ins end."""
        await proving.change_password(session, body.present, body.new)


def _factor(router: GuardedRouter, proving: Proving) -> None:
    mine = Annotated[Session, permit("me.factor")]

    @router.get("/second-factor", responses=responses(401, 403, 404, 503))
    async def state(session: mine) -> people.FactorState:
        account = await proving.own(session)
        return people.FactorState(
            enrolled=account.sealed_factor is not None,
            compulsory=account.needs_factor,
            recovery_codes_left=account.recovery_codes,
        )

    @router.post("/second-factor", status_code=201, responses=responses(401, 403, 404, 409, 422, 429, 503))
    async def offer(body: people.PasswordShown, session: mine) -> people.FactorOffered:
        """A secret for an authenticator, shown this once; it counts when its code was shown."""
        ticket, secret, uri = await proving.offer_factor(session, body.present)
        return people.FactorOffered(ticket=ticket, secret=secret, uri=uri)

    @router.put("/second-factor", status_code=204, responses=responses(401, 403, 404, 409, 412, 422, 503))
    async def confirm(body: people.FactorConfirmed, session: mine) -> None:
        await proving.confirm_factor(session, body.ticket, body.totp)

    @router.post("/second-factor/removal", status_code=204, responses=responses(401, 403, 404, 409, 422, 429, 503))
    async def remove(body: people.PasswordShown, session: Annotated[Session, permit("me.factor.remove")]) -> None:
        """Go without; an administrator may not."""
        await proving.remove_factor(session, body.present)

    @router.post("/recovery-codes", status_code=201, responses=responses(401, 403, 404, 409, 503))
    async def codes(session: Annotated[Session, permit("me.codes")]) -> people.RecoveryCodes:
        """Ten new ones, in place of all earlier ones."""
        return people.RecoveryCodes(codes=await proving.new_codes(session))
