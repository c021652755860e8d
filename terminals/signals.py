"""A terminal's WebSocket to the server: opened with an access token, resumed, and the token replaced in time."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from dispatch_server.protocol import signals as words
from terminals import world
from terminals.conversation import Conversation, Received, ping

OPEN_S = 10.0
ACK_S = 1.0
LARGEST = 1 << 20
RENEW_AT = 0.67  # of a token's life


class State(StrEnum):
    AWAY = "away"
    OPEN = "open"
    REFUSED = "refused"  # the server does not want this token; another is asked for, slowly


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str = field(repr=False)
    life_s: float


TokenSource = Callable[[], Awaitable[AccessToken]]  # raises OSError when none can be had now
OnMessage = Callable[[Received], None]


@dataclass(slots=True)
class SignalClient:
    """`run()` goes on until it is cancelled. `on_message` gets each message of the server once, in order."""

    url: str  # wss://host/ws/terminal
    tokens: TokenSource
    on_message: OnMessage
    trust: ssl.SSLContext | None = None
    first_pause_s: float = 0.5
    longest_pause_s: float = 10.0
    on_state: Callable[[State], None] = lambda state: None
    conversation: Conversation = field(default_factory=lambda: Conversation(world.chance))
    state: State = State.AWAY
    _socket: ClientConnection | None = None
    _waiting: dict[str, asyncio.Future[Received]] = field(default_factory=dict)

    async def run(self) -> None:
        failures = 0
        while True:
            opened = world.monotonic()
            try:
                await self._connection(await self.tokens())
            except InvalidStatus as refused:
                self._is(State.REFUSED if refused.response.status_code in (401, 403) else State.AWAY)
            except (OSError, TimeoutError, WebSocketException):
                self._is(State.AWAY)
            else:
                self._is(State.AWAY)
            failures = 0 if world.monotonic() - opened > self.longest_pause_s else failures + 1
            refused_now = self.state is State.REFUSED
            longest = self.longest_pause_s
            pause_s = longest if refused_now else min(longest, self.first_pause_s * 2 ** min(failures, 10))
            # Forty terminals of one outage do not knock at the same moment.
            await asyncio.sleep(pause_s * (0.5 + world.chance(1)[0] / 512))

    async def tell(self, message: BaseModel, *, newest: bool = False) -> str:
        """Send now, or when the connection is back, until it is answered; the message's id."""
        identity, text = self.conversation.put(message, newest=newest)
        if self._socket is not None and self.state is State.OPEN:
            await self._send(self._socket, text)
        return identity

    async def ask(self, message: BaseModel, within_s: float = 30.0) -> Received:
        """As `tell`; the server's answer. Raises TimeoutError."""
        answer: asyncio.Future[Received] = asyncio.get_running_loop().create_future()
        identity = await self.tell(message)
        self._waiting[identity] = answer
        try:
            async with asyncio.timeout(within_s):
                return await answer
        finally:
            del self._waiting[identity]

    async def _connection(self, token: AccessToken) -> None:
        protocols = [Subprotocol(words.SUBPROTOCOL), Subprotocol(words.BEARER_PREFIX + token.text)]
        async with connect(
            self.url, subprotocols=protocols, ssl=self.trust, open_timeout=OPEN_S, max_size=LARGEST, proxy=None
        ) as socket:
            await socket.send(self.conversation.hello())
            async with asyncio.timeout(OPEN_S):
                self._take(await socket.recv())
            if self.conversation.welcome is None:
                return
            self._socket = socket
            beside = [
                asyncio.create_task(self._acknowledge(socket)),
                asyncio.create_task(self._renew(socket, token.life_s)),
            ]
            try:
                await self._say_again(socket, self.conversation.welcome.messages_per_s)
                self._is(State.OPEN)
                await self._read(socket, self.conversation.welcome.ping_s)
            finally:
                self._socket = None
                for task in beside:
                    task.cancel()
                await asyncio.wait(beside)

    async def _say_again(self, socket: ClientConnection, per_s: int) -> None:
        """What is unanswered, in order and no faster than is allowed; also what is put meanwhile."""
        said: set[str] = set()
        while waiting := [text for text in self.conversation.unanswered() if text not in said]:
            for text in waiting:
                await socket.send(text)
                said.add(text)
                if len(said) > per_s // 4:
                    await asyncio.sleep(2 / per_s)

    async def _read(self, socket: ClientConnection, ping_s: float) -> None:
        """Until it ends; a server that does not answer a ping is taken for gone."""
        asked = False
        while True:
            try:
                async with asyncio.timeout(ping_s):
                    text = await socket.recv()
            except ConnectionClosed:
                return
            except TimeoutError:
                if asked:
                    return
                asked = True
                await self._send(socket, ping())
                continue
            asked = False
            self._take(text)

    def _take(self, text: str | bytes) -> None:
        received = self.conversation.take(text if isinstance(text, str) else "")
        if received is None:
            return
        waiting = self._waiting.get(received.reply_to or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(received)
        self.on_message(received)

    async def _acknowledge(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(ACK_S)
            if (text := self.conversation.acknowledgement(1)) is not None:
                await self._send(socket, text)

    async def _renew(self, socket: ClientConnection, life_s: float) -> None:
        """The next token goes through the open connection; without one the server ends it, and we knock anew."""
        while True:
            await asyncio.sleep(life_s * RENEW_AT)
            try:
                token = await self.tokens()
            except OSError:
                life_s = max(1.0, life_s * (1 - RENEW_AT))
                continue
            life_s = token.life_s
            message = words.Authenticate(token=token.text).model_dump_json()
            await self._send(socket, f'{{"type":"authenticate","body":{message}}}')

    async def _send(self, socket: ClientConnection, text: str) -> None:
        """What cannot be sent now is sent again over the next connection, or was only for this one."""
        try:
            await socket.send(text)
        except ConnectionClosed:
            return

    def _is(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.on_state(state)
