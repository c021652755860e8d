"""What stands before every route and socket: `permit`, `bearer_of` or `open_to_all`, each with an action's name."""

from collections.abc import Iterable
from typing import Annotated, Any, Protocol

from fastapi import Depends
from fastapi.requests import HTTPConnection

from dispatch_server.identity.actions import ACTIONS, may, register
from dispatch_server.identity.model import Role, Session
from dispatch_server.kit.errors import Forbidden, Unauthenticated

COOKIE = "session"
SECURE_COOKIE = "__Host-session"


class NotSignedIn(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("not_signed_in", "Sign in first.")


class NotPermitted(Forbidden):
    def __init__(self, action: str) -> None:
        super().__init__("not_permitted", f"Your roles do not include {action}.")


class SignIns(Protocol):
    """Who knows the sign-ins; identity/service.py does."""

    async def session_of(self, secret: str) -> Session | None: ...


class Mark:
    """A dependency that carries the name of the action behind a route."""

    def __init__(self, action: str) -> None:
        self.action = action


class Permit(Mark):
    """Lets in who is signed in and has a role that may; gives the route the session."""

    async def __call__(self, request: HTTPConnection) -> Session:
        session = await session_of(request)
        if session is None:
            raise NotSignedIn
        require(session, self.action)
        return session


class Bearer(Mark):
    """Reads the bearer token, if any; the route's service decides what it opens."""

    async def __call__(self, request: HTTPConnection) -> str | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None


class Open(Mark):
    """Lets everybody in."""

    async def __call__(self) -> None:
        return None


def permit(action: str, roles: frozenset[Role] = frozenset()) -> Any:
    """`Depends` for a route that a signed-in person asks. An action that nobody registered yet is the operator's."""
    if action not in ACTIONS:
        register(action, action, roles or frozenset({Role.OPERATOR}))
    return Depends(Permit(action))


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
    if not may(session.person.roles, action):
        raise NotPermitted(action)


def set_sign_ins(state: Any, sign_ins: SignIns) -> None:
    """Wiring tells an application (its `state`) who knows the sign-ins."""
    state.sign_ins = sign_ins


async def session_of(request: HTTPConnection) -> Session | None:
    """The sign-in behind a request's cookie, if it still stands. Over TLS only the `__Host-` cookie counts."""
    sign_ins: SignIns | None = getattr(request.app.state, "sign_ins", None)
    secret = request.cookies.get(cookie_name(request))
    return await sign_ins.session_of(secret) if sign_ins is not None and secret else None


def cookie_name(request: HTTPConnection) -> str:
    return SECURE_COOKIE if request.url.scheme in ("https", "wss") else COOKIE


def marks_in(calls: Iterable[object]) -> list[Mark]:
    """The marks among a route's dependencies, for the test that no route goes without."""
    return [call for call in calls if isinstance(call, Mark)]


CurrentSession = Annotated[Session, permit("session.read")]
