"""One WebSocket: a task that reads, a task that writes, and an end that waits for neither."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.websockets import WebSocketDisconnect

from dispatch_server.kit.errors import Refusal
from dispatch_server.protocol import signals as words
from dispatch_server.signals.desk import pack
from dispatch_server.signals.hub import Hub
from dispatch_server.signals.line import Line, Peer
from dispatch_server.signals.model import Farewell, Side
from dispatch_server.signals.ports import SocketPort
from dispatch_server.signals.tokens import Access

TOO_MANY = Farewell("too_many_messages", again=True)
NO_HELLO = Farewell("no_hello", again=False)
NOT_TEXT = Farewell("not_text", again=False, close_code=1003)
Gone = (WebSocketDisconnect, RuntimeError)  # starlette tells a send after the end by the second


@dataclass(slots=True)
class Connection:
    """`run` returns when the connection is over. It is the Pipe of its line."""

    socket: SocketPort
    hub: Hub
    side: Side
    peer: Peer
    abort: Callable[[], None]  # for one that must end and does not read
    access: Access | None = None  # a terminal's
    line: Line | None = None
    farewell: Farewell | None = None
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _writing: asyncio.Task[None] | None = None
    _moments: deque[float] = field(default_factory=deque)

    def wake(self) -> None:
        self._awake.set()

    def end(self, farewell: Farewell) -> None:
        """Say why and close. Nothing more is read; who does not read either is cut off."""
        if self.farewell is None:
            self.farewell = farewell
            self._awake.set()
            if self._writing is not None:
                asyncio.get_running_loop().call_later(self.hub.limits.farewell_s, self._writing.cancel)

    async def renew(self, token: str) -> str | None:
        return await self.access.renew(token) if self.access is not None else "token_not_for_this"

    async def run(self) -> None:
        self._writing = asyncio.create_task(self._write(), name="signals writer")
        reading = asyncio.create_task(self._read(), name="signals reader")
        both = {self._writing, reading}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self.farewell is not None:
                await asyncio.wait({self._writing}, timeout=self.hub.limits.farewell_s * 2)
        finally:
            if self.line is not None:
                self.hub.left(self.line, self)
            for task in both:
                task.cancel()
            await asyncio.wait(both)
            if self.farewell is not None and self._writing.cancelled():
                self.abort()
        for task in both:
            if not task.cancelled() and (error := task.exception()) is not None:
                self.hub.report("signals", error)

    async def _read(self) -> None:
        try:
            await self._greeted()
            while self.line is not None and (text := await self._received()) is not None:
                if self._may_come():
                    await self.hub.take(self.line, text)
        except Gone:
            return

    async def _received(self) -> str | None:
        """None when no more is to be read."""
        try:
            text = await self.socket.receive_text()
        except KeyError:  # a binary message has no text
            self.end(NOT_TEXT)
            return None
        return text if self.farewell is None else None

    async def _greeted(self) -> None:
        try:
            async with asyncio.timeout(self.hub.limits.hello_s):
                text = await self._received()
            first = words.Inbound.model_validate_json(text or "")
            if first.type != words.name_of(words.Hello):
                raise ValueError
            hello = words.Hello.model_validate(first.body)
            self.line, resumed = self.hub.open(self.side, self.peer, hello, self)
        except (TimeoutError, ValueError):
            self.end(NO_HELLO)
        except Refusal as refusal:
            self.end(Farewell(refusal.code, again=True, close_code=1013))
        else:
            if not resumed:
                await self.hub.greet(self.peer)

    def _may_come(self) -> bool:
        """At most so many messages in any one second; more end the connection."""
        now = self.hub.world.monotonic()
        while self._moments and now - self._moments[0] >= 1:
            self._moments.popleft()
        self._moments.append(now)
        if len(self._moments) <= self.hub.limits.messages_per_s:
            return True
        self.end(TOO_MANY)
        return False

    async def _write(self) -> None:
        try:
            while self.farewell is None:
                text = self._next()
                if text is None:
                    self._awake.clear()
                    await self._awake.wait()
                else:
                    await self.socket.send_text(text)
            farewell = self.farewell
            await self.socket.send_text(pack(words.Bye(code=farewell.code, again=farewell.again)).text())
            await self.socket.close(farewell.close_code, farewell.code)
        except Gone:
            return

    def _next(self) -> str | None:
        line = self.line
        if line is None or line.pipe is not self:
            return None
        if line.control:
            return line.control.popleft()
        if line.must_resync:
            line.must_resync = False
            return pack(words.Resync(seq=line.outbox.floor)).text()
        return line.outbox.next_unsent()
