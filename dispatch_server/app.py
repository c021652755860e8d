"""The ASGI application of a node, the rooms' routers inside the rings that every request passes; and its running."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.middleware import Middleware

from dispatch_server import __version__
from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.guard import permit
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.identity.roles import Role
from dispatch_server.protocol.problem import responses
from dispatch_server.runtime.log import LogOutput, log_of
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.web import documents, page, problems
from dispatch_server.web.bodies import BodyDeadline, BodyLimit
from dispatch_server.web.headers import SecurityHeaders
from dispatch_server.web.measure import Measure
from dispatch_server.web.origins import OriginCheck
from dispatch_server.web.paths import NoNul
from dispatch_server.web.ranges import OneRange
from dispatch_server.web.server import Front
from dispatch_server.wiring import Wiring, wire

API = "/api/v1"
register("api.read", "read the document of the API", frozenset(Role), recorded=Recorded.NO)
_log = log_of("server")


def create_app(wiring: Wiring, *, opens_rooms: bool = True) -> FastAPI:
    """The application over rooms that are built; its lifespan opens and closes them, unless somebody else does."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with wiring.opened() if opens_rooms else nullcontext():
            yield

    app = FastAPI(
        title="Dispatch server",
        version=__version__,
        openapi_url=None,  # ours asks for a sign-in
        docs_url=None,  # the framework's page loads scripts from a public network
        redoc_url=None,
        lifespan=lifespan,
        responses=responses(422),
        redirect_slashes=False,
        middleware=_rings(wiring),
    )
    problems.install(app)
    for name, value in wiring.state.items():
        setattr(app.state, name, value)
    for router in wiring.routers:
        app.include_router(router)
    app.include_router(_own_document(app))
    documents.add_messages(app, wiring.messages)
    page.serve_console(app, wiring.settings.server)
    return app


def _own_document(app: FastAPI) -> GuardedRouter:
    """What there is to be asked is told to those who may ask something."""
    router = GuardedRouter(prefix=API)

    @router.get("/openapi.json", include_in_schema=False, dependencies=[permit("api.read")])
    async def read_document() -> JSONResponse:
        return JSONResponse(app.openapi())

    return router


def _rings(wiring: Wiring) -> list[Middleware]:
    """What every request passes, the outermost first."""
    settings, limits = wiring.settings, wiring.settings.limits

    def report(where: str, error: Exception) -> None:
        wiring.counters.surprised("http")
        _log.error("unexpected error", where=where, exc_info=error)

    return [
        Middleware(SecurityHeaders),
        *wiring.rings,
        Middleware(problems.CatchAll, report=report),
        Middleware(
            Measure, counters=wiring.counters, in_hand=limits.requests_in_hand, header_bytes=limits.header_bytes
        ),
        Middleware(NoNul),
        Middleware(OriginCheck, own=[settings.server.url]),
        Middleware(OneRange),
        Middleware(BodyDeadline, body_s=limits.body_s, stalled_s=limits.stalled_s),
        Middleware(BodyLimit, limit_bytes=limits.body_bytes),
    ]


async def serve(settings: Settings) -> int:
    """Run a node until SIGTERM, SIGINT, or until a task fails that it cannot do without; the exit code."""
    world = World()
    wiring = wire(settings, world)
    with LogOutput(settings.log, world, wiring.counters) as log:
        begun = world.monotonic()
        app = create_app(wiring, opens_rooms=False)
        front = Front(app, settings.server, settings.limits, settings.signals, wiring.counters)
        front.on_started = lambda: _announce(front, settings, world.monotonic() - begun)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, front)
        beside = [asyncio.create_task(_until_fatal(wiring, front)), asyncio.create_task(_tell_repeats(log))]
        try:
            # Not by the lifespan: what keeps a room from opening comes out here as the error that it is.
            async with wiring.opened():
                await front.serve()
        finally:
            for task in beside:
                task.cancel()
        if wiring.fatal.happened.is_set():
            _log.error("ended because it could not go on", reason=wiring.fatal.reason)
            return 1
        return 0


def _stop(front: Front) -> None:
    """Once is enough: stopping has deadlines of its own, and rooms that are not closed may lose what they hold."""
    front.should_exit = True


async def _until_fatal(wiring: Wiring, front: Front) -> None:
    await wiring.fatal.happened.wait()
    front.should_exit = True


async def _tell_repeats(log: LogOutput) -> None:
    while True:
        await asyncio.sleep(1)
        log.tell_repeats()


def _announce(front: Front, settings: Settings, start_s: float) -> None:
    url = settings.server.url.replace(":0", f":{front.port}") if settings.server.port == 0 else settings.server.url
    _log.info("ready", url=url, mode=settings.server.mode.value, start_s=round(start_s, 2))
