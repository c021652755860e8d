"""What terminals ask with their access token: /api/v1/terminal/enforcement and /api/v1/terminal/enforcements."""

from typing import Annotated

from dispatch_server.enforcement import actions
from dispatch_server.enforcement.commands import Commands
from dispatch_server.enforcement.store import Reach
from dispatch_server.enforcement.views import Views
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import by_terminal
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.scope import Scope
from dispatch_server.org.tree import first_level
from dispatch_server.protocol import enforcement as words
from dispatch_server.protocol import enforcement_views as shapes
from dispatch_server.protocol.problem import responses

REFUSED = responses(400, 401, 404, 409, 413, 415, 422, 429, 503)
Carrier = Annotated[TerminalCaller, by_terminal(actions.BY_TERMINAL)]


def terminal_routes(views: Views, commands: Commands) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/terminal", tags=["terminals"])

    async def take(caller: TerminalCaller, identity: str, body: words.Command) -> words.CommandAnswer:
        own = Reach(terminal=caller.number)
        return await commands.take(caller, actions.BY_TERMINAL, own, identity, body)

    @router.get("/enforcement", responses=REFUSED)
    async def current(caller: Carrier) -> shapes.CurrentEnforcement:
        """What it takes part in, with the checklist; and what waits for its begin."""
        return await views.current(caller)

    @router.get("/enforcement-choices", responses=REFUSED)
    async def choices(caller: Carrier) -> shapes.EnforcementChoices:
        """What it keeps, so that it can open one without a network."""
        return views.choices(caller)

    @router.post("/enforcements", status_code=201, responses=REFUSED)
    async def open_enforcement(body: words.EnforcementOpen, caller: Carrier) -> words.CommandAnswer:
        """In its own department; it takes part itself."""
        scope = Scope.of(first_level(caller.department))
        return await commands.open(caller, actions.BY_TERMINAL, body, caller.department, scope, caller.number)

    @router.post("/enforcements/{enforcement_id}/begin", responses=REFUSED)
    async def begin(enforcement_id: str, body: words.EnforcementBegin, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    @router.post("/enforcements/{enforcement_id}/steps", responses=REFUSED)
    async def take_step(enforcement_id: str, body: words.EnforcementStep, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    @router.post("/enforcements/{enforcement_id}/marks", responses=REFUSED)
    async def make_mark(enforcement_id: str, body: words.EnforcementMark, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    @router.post("/enforcements/{enforcement_id}/pause", responses=REFUSED)
    async def pause(enforcement_id: str, body: words.EnforcementPause, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    @router.post("/enforcements/{enforcement_id}/resume", responses=REFUSED)
    async def resume(enforcement_id: str, body: words.EnforcementResume, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    @router.post("/enforcements/{enforcement_id}/finish", responses=REFUSED)
    async def finish(enforcement_id: str, body: words.EnforcementFinish, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    @router.post("/enforcements/{enforcement_id}/cancel", responses=REFUSED)
    async def cancel(enforcement_id: str, body: words.EnforcementCancel, caller: Carrier) -> words.CommandAnswer:
        return await take(caller, enforcement_id, body)

    return router
