"""Absolute deadlines and bounds for every connection; uvicorn alone lets half-sent requests stay for ever."""

import asyncio
import sys
from collections import Counter
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from dispatch_server.kit.networks import Named, is_loopback, network_of
from dispatch_server.runtime.counters import Counters
from dispatch_server.settings import LimitSettings, ServerSettings, SignalSettings
from dispatch_server.web.raw_answers import raw_problem

# After an answer that did not wait for the body, so much more of it is thrown away before the connection ends.
UNREAD_BODY_S = 2.0
UNREAD_BODY_BYTES = 1024 * 1024
ABORT = "dispatch.abort"  # extension of a WebSocket's scope: ends the connection without a word
FRAMES_PER_MESSAGE = 4  # a message may come in a few fragments and with pings between them


class Bounds:
    """How many are connected and from where, shared by all connections of a server."""

    def __init__(
        self, limits: LimitSettings, signals: SignalSettings, counters: Counters, enforce: bool = True
    ) -> None:
        self.limits = limits
        self.signals = signals
        self.enforce = enforce  # False only where a test shows what happens without
        self.trusted = Named(())
        self.only_trusted = False  # a proxy ends TLS: past it there is nothing but plain HTTP
        self._counters = counters
        self._per_address: Counter[str] = Counter()
        self._inside = 0
        self._sockets = 0
        counters.gauge("http_connections", "Open HTTP connections.", lambda: self._inside)

    def believe(self, server: ServerSettings) -> None:
        self.trusted = Named(server.trusted_proxies)
        self.only_trusted = not server.is_loopback and server.is_behind_tls_proxy and not server.tls_certificate

    def may_come(self, address: str) -> bool:
        """Whether it may speak with us at all; this machine itself always may, as `doctor` does."""
        if not self.only_trusted or address in self.trusted or is_loopback(address):
            return True
        return self.refuse("not through the proxy")

    def enter(self, address: str) -> bool:
        """Count one in; False when there are too many, and it is to be ended (it is counted until it has left)."""
        self._inside += 1
        network = network_of(address)
        self._per_address[network] += 1
        if not self.enforce:
            return True
        if self._inside > self.limits.connections:
            return self.refuse("too many connections")
        if self._per_address[network] > self.limits.connections_per_address and address not in self.trusted:
            return self.refuse("too many of one address")
        return True

    def leave(self, address: str) -> None:
        self._inside -= 1
        network = network_of(address)
        self._per_address[network] -= 1
        if not self._per_address[network]:
            del self._per_address[network]

    def enter_socket(self, address: str) -> bool:
        """As `enter`, for a connection that has become a WebSocket."""
        self._sockets += 1
        allowed = self.enter(address)
        if allowed and self.enforce and self._sockets > self.signals.connections:
            return self.refuse("too many WebSockets")
        return allowed

    def leave_socket(self, address: str) -> None:
        self._sockets -= 1
        self.leave(address)

    def refuse(self, reason: str) -> bool:
        self._counters.dropped("http", reason)
        return False


class BoundHttp(H11Protocol):
    """HTTP/1.1 in which every phase of a connection ends by itself."""

    bounds: Bounds

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._counted = True
        self._header_deadline: float | None = self.loop.time() + self.bounds.limits.header_s
        self._unread_deadline: float | None = None
        self._unread_bytes = 0
        self._stalled_since: float | None = None
        if not self.bounds.may_come(self._address):
            self.bounds.enter(self._address)
            transport.write(raw_problem(403, "not_through_the_proxy"))
            transport.abort()
        elif not self.bounds.enter(self._address):
            transport.write(raw_problem(503, "too_many_connections"))
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._counted:
            self._counted = False
            self.bounds.leave(self._address)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._unread_deadline is not None and not self.transport.is_closing():
            self._unread_bytes += len(data)
            if self._unread_bytes > UNREAD_BODY_BYTES and self.bounds.enforce:
                self._end("body after the answer")
        if self.conn.their_state is not h11.IDLE:
            self._header_deadline = None
        elif self._header_deadline is None and self.timeout_keep_alive_task is None:
            self._header_deadline = self.loop.time() + self.bounds.limits.header_s

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._counted = False
        self._header_deadline = None
        self.bounds.leave(self._address)  # the WebSocket counts itself in
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """Called where h11's error is being handled: 431 is told from 400 by the hint that it carries."""
        error = sys.exc_info()[1]
        status = getattr(error, "error_status_hint", 400)
        if self.cycle is not None and not self.cycle.response_complete:
            # Garbage in a body: the answer that is being made can no longer be sent.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            code = "header_too_large" if status == 431 else "malformed_request"
            self.transport.write(raw_problem(status, code))
        self.transport.close()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            # RFC 9112 9.6: let the answer arrive before the connection ends over an unread body.
            self._unread_deadline = self.loop.time() + UNREAD_BODY_S

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled_since = None

    def sweep(self, now: float) -> None:
        """End this connection when a deadline is over; called twice a second."""
        if self._header_deadline is not None and now > self._header_deadline:
            self._end("header too slow")
        elif self._unread_deadline is not None and now > self._unread_deadline:
            self._end("body after the answer")
        elif self._is_stalled(now):
            self._end("answer not read")

    def _is_stalled(self, now: float) -> bool:
        if not self.flow.write_paused:
            idle = self.transport.is_closing() or self.cycle is None or self.cycle.response_complete
            if not idle or not self.transport.get_write_buffer_size():
                self._stalled_since = None
                return False
        if self._stalled_since is None:
            self._stalled_since = now
        return now - self._stalled_since > self.bounds.limits.stalled_s

    def _end(self, reason: str) -> None:
        self.bounds.refuse(reason)
        self.transport.abort()


class BoundSocket(WebSocketsSansIOProtocol):
    """WebSocket whose frames per second, unfinished messages and unread answers are bounded."""

    bounds: Bounds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._window = 0.0
        self._frames_in_window = 0
        self._unfinished_since: float | None = None
        self._stalled_since: float | None = None
        if not self.bounds.enter_socket(self._address):
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.bounds.leave_socket(self._address)
        super().connection_lost(exc)

    async def run_asgi(self) -> None:
        # A close waits for a reader who may never read: whoever must end a connection now can.
        self.scope["extensions"][ABORT] = {"abort": self.transport.abort}
        await super().run_asgi()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.frames:
            self._unfinished_since = None
        elif self._unfinished_since is None:
            self._unfinished_since = self.loop.time()

    def handle_text(self, event: Frame) -> None:
        if self._may_come():
            super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        if self._may_come():
            super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        if self._may_come():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._may_come():
            super().handle_ping()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_since = self.loop.time()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled_since = None

    def sweep(self, now: float) -> None:
        limits = self.bounds.limits
        if self._unfinished_since is not None and now - self._unfinished_since > limits.header_s:
            self._end("message never finished")
        elif self._stalled_since is not None and now - self._stalled_since > limits.stalled_s:
            self._end("messages not read")

    def _may_come(self) -> bool:
        """Count a frame; too many in one second end the connection (1008, RFC 6455 7.4.1)."""
        now = self.loop.time()
        if now - self._window >= 1:
            self._window, self._frames_in_window = now, 0
        self._frames_in_window += 1
        if not self.bounds.enforce or self._frames_in_window <= self.bounds.signals.messages_per_s * FRAMES_PER_MESSAGE:
            return True
        if not self.transport.is_closing():
            self.bounds.refuse("too many frames")
            self.conn.fail(1008, "too many frames")
            self.handle_parser_exception()
        return False

    def _end(self, reason: str) -> None:
        self.bounds.refuse(reason)
        self.transport.abort()


def protocols_of(bounds: Bounds) -> tuple[type[BoundHttp], type[BoundSocket]]:
    """The two classes, tied to the bounds of one server."""
    http: Any = type("HttpConnection", (BoundHttp,), {"bounds": bounds})
    socket: Any = type("SocketConnection", (BoundSocket,), {"bounds": bounds})
    return http, socket
