"""The two sockets: /ws/console by the sign-in's cookie, /ws/terminal by a terminal's access token."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, WebSocket
from fastapi.requests import HTTPConnection

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import ByTerminal, Permit, TokenRefused, count_stranger, note_asker, permit
from dispatch_server.identity.model import Role, Session
from dispatch_server.identity.registry import ROUTES, GuardedRouter
from dispatch_server.protocol.signals import BEARER_PREFIX, SUBPROTOCOL, name_of
from dispatch_server.signals.connection import Connection
from dispatch_server.signals.handlers import SOCKET_ACTIONS, words_of
from dispatch_server.signals.hub import Hub
from dispatch_server.signals.model import Farewell, Side
from dispatch_server.signals.tokens import Access, tokens_of
from dispatch_server.web.connections import ABORT

TOKEN_OVER = Farewell("token_over", again=True, close_code=4401)
register(
    SOCKET_ACTIONS[Side.CONSOLE],
    "be told what changes, on a socket of one's own",
    frozenset(Role),
    recorded=Recorded.NO,
)
register(SOCKET_ACTIONS[Side.TERMINAL], "a terminal's own socket", frozenset(), recorded=Recorded.NO, by_terminal=True)


class TerminalSocket(ByTerminal):
    """Lets in a terminal whose access token comes as a subprotocol (docs/decisions/0010), before the upgrade."""

    async def __call__(self, connection: HTTPConnection) -> Access:  # type: ignore[override]
        note_asker(connection)
        token = bearer_in(connection.scope.get("subprotocols") or [])
        tokens = tokens_of(connection.app.state)
        caller = await tokens.terminal_of(token) if tokens is not None and token else None
        if tokens is None or caller is None:
            count_stranger(connection)
            raise TokenRefused
        return Access(tokens, token, caller)


def bearer_in(subprotocols: list[str]) -> str:
    """The token among what the client offers; empty when it offers none, or not our protocol."""
    if SUBPROTOCOL not in subprotocols:
        return ""
    offered = [one for one in subprotocols if one.startswith(BEARER_PREFIX)]
    return offered[0].removeprefix(BEARER_PREFIX) if len(offered) == 1 else ""


def socket_routes(hub: Hub, terminal_check_s: float) -> GuardedRouter:
    router = GuardedRouter()
    for side, mark in ((Side.CONSOLE, Permit), (Side.TERMINAL, ByTerminal)):
        for word in words_of(side):
            ROUTES.note_message(f"/ws/{side} {name_of(word)}", SOCKET_ACTIONS[side], mark.__name__)

    @router.websocket("/ws/console")
    async def console(socket: WebSocket, session: Annotated[Session, permit(SOCKET_ACTIONS[Side.CONSOLE])]) -> None:
        """Of one console; the sign-in's end ends it."""
        await converse(socket, hub, Side.CONSOLE, session)

    @router.websocket("/ws/terminal")
    async def terminal(
        socket: WebSocket, access: Annotated[Access, Depends(TerminalSocket(SOCKET_ACTIONS[Side.TERMINAL]))]
    ) -> None:
        """Of one terminal; ends with its token unless a next one comes in time."""
        await converse(socket, hub, Side.TERMINAL, access.caller, access, terminal_check_s)

    return router


async def converse(
    socket: WebSocket,
    hub: Hub,
    side: Side,
    peer: Session | TerminalCaller,
    access: Access | None = None,
    check_s: float = 0.0,
) -> None:
    """From the opening to the end."""
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in socket.scope["subprotocols"] else None)
    extension: dict[str, Any] = socket.scope.get("extensions", {}).get(ABORT, {})
    connection = Connection(socket, hub, side, peer, extension.get("abort", _nothing), access)
    checking = asyncio.create_task(_check(access, connection, check_s)) if access is not None else None
    try:
        await connection.run()
    finally:
        if checking is not None:
            checking.cancel()


async def _check(access: Access, connection: Connection, every_s: float) -> None:
    """A token that is over or revoked ends the connection, also when nobody says so."""
    while True:
        await asyncio.sleep(every_s)
        if not await access.stands():
            connection.end(TOKEN_OVER)
            return


def _nothing() -> None:
    """Where the server has no way to cut a connection off."""
