"""Witnesses on other hosts: one that takes heads by HTTPS, and a time-stamping authority (RFC 3161)."""

import base64
from pathlib import Path

from dispatch_server.audit.canonical import canonical
from dispatch_server.audit.held import STAMP_FORM
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.witness import append_line
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.stamping import Way, certificates
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World


class HeadHost:
    """Another host that keeps heads: POST of the head's JSON, any 2xx is a receipt."""

    def __init__(self, way: Way, token: Secret) -> None:
        self._way = way
        self._token = token

    async def deliver(self, head: SignedHead) -> None:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        await self._way.post(canonical(head.form()), headers)


class TimeStamps:
    """A head now and then with an outside authority's time on it, appended to a file as `audit verify` reads it."""

    def __init__(self, way: Way, roots: str, every_s: float, file: Path, threads: Threads, world: World) -> None:
        self._way = way
        self._roots = roots
        self._every_s = every_s
        self._file = file
        self._threads = threads
        self._world = world
        self._stamped_at: float | None = None

    async def deliver(self, head: SignedHead) -> None:
        """Heads between two stamps are passed over: the next one covers them."""
        now = self._world.monotonic()
        if self._stamped_at is not None and now - self._stamped_at < self._every_s:
            return
        token = await self._way.stamp(head.content(), certificates(self._roots))
        form = {"form": STAMP_FORM, "head": head.form(), "token": base64.b64encode(token).decode("ascii")}
        await self._threads.run(Kind.GENERAL, append_line, self._file, canonical(form))
        self._stamped_at = now
