"""uvicorn on our own loop: bound connections, our signals, our log."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from dispatch_server.runtime.counters import Counters
from dispatch_server.settings import LimitSettings, ServerSettings, SignalSettings
from dispatch_server.web.connections import Bounds, protocols_of
from dispatch_server.web.tls import CannotListen, ServerTls

__all__ = ["CannotListen", "Front"]

_TICKS_PER_SWEEP = 5  # uvicorn ticks ten times a second
_TICKS_PER_LOOK = 20  # at the certificate's files


class Front(uvicorn.Server):
    """The HTTP server of a node; `serve()` runs until `should_exit`."""

    def __init__(
        self,
        app: ASGIApp,
        server: ServerSettings,
        limits: LimitSettings,
        signals: SignalSettings,
        counters: Counters,
        *,
        enforce: bool = True,
    ) -> None:
        self.bounds = Bounds(limits, signals, counters, enforce)
        self.bounds.believe(server)
        http, socket = protocols_of(self.bounds)
        self.on_started: Callable[[], None] = lambda: None
        self._tls = ServerTls(server.tls_certificate, server.tls_key) if server.tls_certificate else None
        super().__init__(
            uvicorn.Config(
                app,
                host=server.host,
                port=server.port,
                loop="none",
                http=http,
                ws=socket,
                ws_max_size=signals.message_bytes,
                ws_ping_interval=signals.ping_s,
                ws_ping_timeout=signals.ping_s,
                ws_per_message_deflate=False,
                lifespan="on",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(server.trusted_proxies),
                forwarded_allow_ips=list(server.trusted_proxies),
                timeout_keep_alive=int(limits.idle_s),
                timeout_graceful_shutdown=max(1, int(server.stop_s / 2)),
                h11_max_incomplete_event_size=limits.header_bytes,
                ssl_context_factory=self._context if self._tls else None,
            )
        )

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return int(self.servers[0].sockets[0].getsockname()[1])

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the command line's; it sets `should_exit`."""
        yield

    async def startup(self, sockets: object = None) -> None:
        """As uvicorn does, but a TLS handshake has a deadline too, and failing raises instead of ending the process."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise CannotListen("start_failed", "The rooms of this node could not be opened.")
        config, limits = self.config, self.bounds.limits
        connection: Any = config.http_protocol_class
        make = partial(connection, config, self.server_state, self.lifespan.state)
        handshake_s = limits.header_s if config.ssl else None
        try:
            listener = await asyncio.get_running_loop().create_server(
                make,
                config.host,
                config.port,
                ssl=config.ssl,
                ssl_handshake_timeout=handshake_s,
                backlog=config.backlog,
            )
        except OSError as error:
            await self.lifespan.shutdown()
            raise CannotListen("cannot_listen", f"{config.host}:{config.port}: {error.strerror or error}") from error
        self.servers = [listener]
        self.started = True
        self.on_started()

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_PER_SWEEP == 0 and self.bounds.enforce:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                connection.sweep(now)  # type: ignore[union-attr]
        if self._tls is not None and counter % _TICKS_PER_LOOK == 0:
            self._tls.refresh()
        return await super().on_tick(counter)

    def _context(self, *_: object) -> Any:
        return self._tls.load() if self._tls is not None else None
