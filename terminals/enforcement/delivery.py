"""Delivers what was said of enforcements, in its order, and learns what the server knows of them."""

import asyncio
import json
from pathlib import Path

from pydantic import ValidationError

from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementChoices
from terminals.access import Access
from terminals.enforcement import known
from terminals.enforcement.outbox import Answered, Outbox, Said
from terminals.whip import Refused, reason_of

BASE = "/api/v1/terminal"
JSON = {"Content-Type": "application/json"}
FINAL = frozenset({400, 404, 409, 413, 415, 422})  # asking again would change nothing


class Deliverer:
    """Raises Refused, httpx2.HTTPError, OSError when the server cannot be asked now."""

    def __init__(self, access: Access, folder: Path) -> None:
        self._access = access
        self._folder = folder
        self._outbox = Outbox(folder)

    async def deliver(self) -> list[Answered]:
        """All that waits; what is refused for good is kept with the server's words."""
        found = []
        for said in await asyncio.to_thread(self._outbox.waiting):
            answer = await self._send(said)
            await asyncio.to_thread(self._outbox.answered, answer)
            found.append(answer)
        return found

    async def learn(self) -> None:
        for path, model in (("enforcement", CurrentEnforcement), ("enforcement-choices", EnforcementChoices)):
            response = await self._access.ask("GET", f"{BASE}/{path}")
            if response.status_code != 200:
                raise Refused(response.status_code, reason_of(response))
            try:
                said = model.model_validate_json(response.content)
            except ValidationError:
                raise Refused(502, f"the server's answer to {path} is none") from None
            await asyncio.to_thread(known.keep, self._folder, said)

    async def _send(self, said: Said) -> Answered:

        path = f"{BASE}/enforcements" + ("" if said.what == "open" else f"/{said.enforcement}/{said.what}")
        response = await self._access.ask("POST", path, json.dumps(said.body).encode(), JSON)
        if response.status_code in (200, 201):
            return Answered(said.key, response.status_code)
        if response.status_code in FINAL:
            return Answered(said.key, response.status_code, reason_of(response)[:400])
        raise Refused(response.status_code, reason_of(response))
