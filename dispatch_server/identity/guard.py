"""What stands before every route and socket: one mark, each with an action's name."""

from collections.abc import Iterable
from typing import Annotated, Any, Protocol

from fastapi import Depends
from fastapi.requests import HTTPConnection

from dispatch_server.identity.actions import ACTIONS, register
from dispatch_server.identity.callers import Caller, TerminalCaller
from dispatch_server.identity.model import Role, Session, SessionTimes
from dispatch_server.identity.ports import TerminalTokens
from dispatch_server.identity.recording import Asked, asked_from, asking
from dispatch_server.identity.refusals import Refusals
from dispatch_server.kit.acts import Outcome
from dispatch_server.kit.errors import Forbidden, Unauthenticated

COOKIE = "session"
SECURE_COOKIE = "__Host-session"
# Where the ledger's name of a thing is not that of its collection in the path.
KINDS = {"devices": "terminal", "people": "person", "recoveries": "recovery", "shift": "officer"}


class NotSignedIn(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("not_signed_in", "Sign in first.")


class TokenRefused(Unauthenticated):
    """No access token, or one that no terminal has now."""

    def __init__(self) -> None:
        super().__init__("token_refused", "A terminal's valid access token is needed.")


class NotPermitted(Forbidden):
    def __init__(self, action: str) -> None:
        super().__init__("not_permitted", f"Your roles do not include {action}.")


class ProofNeeded(Forbidden):
    """The step up: the sign-in stands, but its second factor was shown too long ago for this."""

    def __init__(self) -> None:
        super().__init__("second_factor_needed", "Show your second factor again for this.")


class SignIns(Protocol):
    """Who knows the sign-ins; identity/service.py does."""

    times: SessionTimes

    async def session_of(self, secret: str) -> Session | None: ...


class Mark:
    """A dependency that carries the name of the action behind a route."""

    def __init__(self, action: str) -> None:
        self.action = action


class Permit(Mark):
    """Lets in who is signed in and may do it somewhere; gives the route the session."""

    async def __call__(self, request: HTTPConnection) -> Session:
        note_asker(request)
        session = await session_of(request)
        if session is None:
            count_stranger(request)
            raise NotSignedIn
        try:
            require(session, self.action)
            if ACTIONS[self.action].fresh and not session.is_fresh(request.app.state.sign_ins.times):
                raise ProofNeeded
        except Forbidden as refusal:
            await list_refusal(request, session, self.action, refusal)
            raise
        if is_use(request, self.action):
            session.used()
        asking.set(asked_by(request, session))
        return session


class ByTerminal(Mark):
    """Lets in a terminal that shows a valid access token; gives the route the caller."""

    async def __call__(self, request: HTTPConnection) -> TerminalCaller:
        note_asker(request)
        tokens: TerminalTokens | None = getattr(request.app.state, "terminals", None)
        token = bearer_in(request)
        caller = await tokens.terminal_of(token) if tokens is not None and token else None
        if caller is None:
            count_stranger(request)
            raise TokenRefused
        asking.set(asked_by(request, caller))
        return caller


class Bearer(Mark):
    """Reads the bearer token, if any; the route's service decides what it opens."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        note_asker(request)
        return bearer_in(request)


class Open(Mark):
    """Lets everybody in."""

    async def __call__(self, request: HTTPConnection) -> None:
        note_asker(request)


def permit(action: str, roles: frozenset[Role] = frozenset()) -> Any:
    """`Depends` for a route that a signed-in person asks. An action that nobody registered yet is the operator's."""
    if action not in ACTIONS:
        register(action, action, roles or frozenset({Role.OPERATOR}))
    return Depends(Permit(action))


def by_terminal(action: str) -> Any:
    """`Depends` for a route that a terminal asks with its access token; gives the TerminalCaller."""
    if action not in ACTIONS:
        register(action, action, frozenset(), by_terminal=True)
    return Depends(ByTerminal(action))


def bearer_of(action: str, sentence: str) -> Any:
    """`Depends` for a route that checks a bearer token of its own (WHIP, WHEP)."""
    register(action, sentence, frozenset(), by_bearer=True)
    return Depends(Bearer(action))


def open_to_all(action: str, why: str) -> Any:
    """`Depends` for the few routes that ask nobody who they are."""
    register(action, why, frozenset())
    return Depends(Open(action))


def require(session: Session, action: str) -> None:
    """For a route whose action depends on what it is asked."""
    if not session.may(action):
        raise NotPermitted(action)


def set_sign_ins(state: Any, sign_ins: SignIns) -> None:
    """Wiring tells an application (its `state`) who knows the sign-ins."""
    state.sign_ins = sign_ins


def is_use(request: HTTPConnection, action: str) -> bool:
    """Whether somebody is there: what reads, and sockets, a page asks by itself for as long as it is open."""
    return request.scope.get("method", "GET") not in {"GET", "HEAD", "OPTIONS"} and not ACTIONS[action].background


async def session_of(request: HTTPConnection) -> Session | None:
    """The sign-in behind a request's cookie, if it still stands. Over TLS only the `__Host-` cookie counts."""
    sign_ins: SignIns | None = getattr(request.app.state, "sign_ins", None)
    secret = request.cookies.get(cookie_name(request))
    return await sign_ins.session_of(secret) if sign_ins is not None and secret else None


def cookie_name(request: HTTPConnection) -> str:
    return SECURE_COOKIE if is_secure(request) else COOKIE


def is_secure(request: HTTPConnection) -> bool:
    return request.url.scheme in ("https", "wss")


def bearer_in(request: HTTPConnection) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def note_asker(request: HTTPConnection) -> None:
    """From where it is asked, for whatever is put on record because of it."""
    asked_from.set(request.client.host if request.client is not None else "")
    asking.set(None)


def asked_by(request: HTTPConnection, caller: Caller) -> Asked:
    state = request.app.state
    return Asked(caller, subject_of(request), getattr(state, "recorder", None), getattr(state, "refusals", None))


def subject_of(request: HTTPConnection) -> str:
    """What the path names, each by its collection, as the rooms call it: `recording:0190…`, bounded."""
    parts = getattr(request.scope.get("route"), "path", "").split("/")
    named = []
    for name, value in request.path_params.items():
        at = next((at for at, part in enumerate(parts) if part.startswith(f"{{{name}") and at), 0)
        collection = parts[at - 1].partition(".")[0] if at else name
        named.append(f"{KINDS.get(collection, collection.removesuffix('s').replace('-', '_'))}:{value}")
    return " ".join(named)[:200]


async def list_refusal(request: HTTPConnection, session: Session, action: str, refusal: Forbidden) -> None:
    """A signed-in person's refusal is an act, up to so many a minute."""
    await asked_by(request, session).came_to_nothing(action, Outcome.REFUSED, refusal.code)


def count_stranger(request: HTTPConnection) -> None:
    refusals: Refusals | None = getattr(request.app.state, "refusals", None)
    if refusals is not None:
        refusals.strangers += 1


def marks_in(calls: Iterable[object]) -> list[Mark]:
    """The marks among a route's dependencies, for the registry of routes."""
    return [call for call in calls if isinstance(call, Mark)]


CurrentSession = Annotated[Session, permit("session.read")]
