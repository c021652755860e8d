"""The whole wired application with its real ledger, held open for a module's tests, and who asks it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from dispatch_server.identity.guard import COOKIE
from dispatch_server.identity.model import Role
from tests.integration.matrix.server import COUNTY, HOME, URL, Whole, whole_server
from tests.integration.matrix.sockets import TOKEN, OneTerminal
from tests.integration.matrix.things import SOURCE, made

CALLERS = {
    "anonymous": None,
    "system administrator": (Role.SYSTEM_ADMIN, COUNTY),
    "township's operator": (Role.OPERATOR, HOME),
    "audit administrator": (Role.AUDIT_ADMIN, COUNTY),
}
BEARERS = ("/api/v1/terminal/", "/whip/", "/whep/")  # where a terminal asks, too
LEAKS = ("Traceback", 'File \\"', "sqlalchemy", "sqlite3", "asyncpg", "pydantic", "site-packages", "dispatch_server/")


@dataclass
class Town:
    whole: Whole
    runner: asyncio.Runner
    publish_key: str

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    def callers(self, path: str) -> list[str]:
        return [*CALLERS, *(["terminal"] if path.startswith(BEARERS) else [])]

    def send(self, caller: str, request: httpx2.Request) -> httpx2.Response:
        return self.runner.run(self.sent(caller, request))

    async def sent(self, caller: str, request: httpx2.Request) -> httpx2.Response:
        """A new sign-in each time: some routes end the one that asks."""
        if caller == "terminal":
            bearer = self.publish_key if request.url.path.startswith("/whip") else TOKEN
            request.headers["Authorization"] = f"Bearer {bearer}"
        elif (who := CALLERS[caller]) is not None:
            sign_ins, now = self.whole.sign_ins, self.whole.wiring.world.utc_us()
            secret, _ = await sign_ins.open(self.whole.people[who], (), now)
            request.headers["Cookie"] = f"{COOKIE}={secret}"
        return await self.whole.client.send(request)

    def ask(self, caller: str, method: str, path: str, **more: Any) -> httpx2.Response:
        return self.send(caller, self.whole.client.build_request(method, URL + path, **more))


@contextmanager
def opened_town(url: str = "", wait_s: float = 5.0) -> Iterator[Town]:
    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        serving = whole_server(Path(folder) / "var", url, wait_s=wait_s)
        whole = runner.run(serving.__aenter__())
        try:
            # What is asked here is the body, not how often.
            whole.app.state.terminals.parts.shifts.tries.limit = 1_000_000
            enforcements: Any = whole.wiring.state["enforcement"]
            enforcements.service.rate.limit = 1_000_000
            enforcements.service.limits = replace(enforcements.service.limits, waiting=1_000_000)
            whole.app.state.terminals = OneTerminal()
            key = runner.run(made(whole, "/api/v1/publish-keys", {"source": SOURCE}))["key"]
            yield Town(whole, runner, key)
        finally:
            runner.run(serving.__aexit__(None, None, None))


def leaks(answer: httpx2.Response) -> list[str]:
    """Words of our own inside that an answer must not tell."""
    if "json" not in answer.headers.get("content-type", "text"):
        return []
    return [word for word in LEAKS if word in answer.text]
