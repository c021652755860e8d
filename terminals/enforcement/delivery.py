"""Delivers what was said of enforcements, in its order, and learns what the server knows of them."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
from pydantic import ValidationError

from dispatch_server.protocol.enforcement import CommandAnswer
from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementChoices
from terminals import world
from terminals.access import Access
from terminals.enforcement import known
from terminals.enforcement.outbox import Answered, Outbox, Said
from terminals.enforcement.verdict import Verdict, verdict
from terminals.whip import Refused, reason_of

BASE = "/api/v1/terminal"
JSON = {"Content-Type": "application/json"}
ASK_AGAIN_S = 15.0
FAR_AHEAD_US = 600_000_000  # a moment that is so far ahead comes of a wrong clock, and is not waited for
CHECKED_HERE = "终端按本机所知的阈值检查后开始 / checked by the thresholds that the terminal knew"
WORDS, TAKEN = 400, 200


class Deliverer:
    """`utc_us()`: the server's time, as far as it is known. Raises Refused, httpx2.HTTPError, OSError."""

    def __init__(self, access: Access, folder: Path, utc_us: Callable[[], int] = world.utc_us) -> None:
        self._access = access
        self._folder = folder
        self._outbox = Outbox(folder)
        self._utc_us = utc_us
        self._ask_at: dict[str, float] = {}  # when to ask again, by key

    async def deliver(self) -> list[Answered]:
        """
        All that waits; what is refused for good is kept with the server's words. What must wait holds up its own
        enforcement and no other.
        """
        found, held = [], set()
        waiting = await asyncio.to_thread(self._outbox.waiting)
        if not waiting:
            return []
        everything = await asyncio.to_thread(self._outbox.all)
        begun = {said.enforcement for said in everything if said.what == "begin"}
        self._ask_at = {said.key: self._ask_at.get(said.key, 0.0) for said in waiting}
        for said in waiting:
            if said.enforcement in held or self._ask_at[said.key] > world.monotonic():
                held.add(said.enforcement)
                continue
            answer = await self._answer(said, said.enforcement in begun)
            if answer.waits:
                held.add(said.enforcement)
                self._ask_at[said.key] = world.monotonic() + ASK_AGAIN_S
            if await asyncio.to_thread(self._outbox.answered, answer):
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

    async def _answer(self, said: Said, is_begun: bool) -> Answered:
        response = await self._send(said)
        found = _verdict(said, response, is_begun)
        if found is Verdict.EXPLAINED:
            response = await self._send(replace(said, body=said.body | {"reason": CHECKED_HERE}))
            found = _verdict(said, response, is_begun)
        elif found is Verdict.WAITS and said.utc_us > self._utc_us() + FAR_AHEAD_US:
            response = await self._send(replace(said, body=said.body | {"utc_us": self._utc_us()}))
            found = _verdict(said, response, is_begun)
        if found is Verdict.TAKEN:
            return Answered(said.key, TAKEN, utc_us=_taken_us(response))
        words = reason_of(response)[:WORDS]
        if found is Verdict.LATER:
            raise Refused(response.status_code, words)
        return Answered(said.key, response.status_code, words, waits=found is Verdict.WAITS)

    async def _send(self, said: Said) -> httpx2.Response:
        path = f"{BASE}/enforcements" + ("" if said.what == "open" else f"/{said.enforcement}/{said.what}")
        return await self._access.ask("POST", path, json.dumps(said.body).encode(), JSON)


def _verdict(said: Said, response: httpx2.Response, is_begun: bool) -> Verdict:
    return verdict(said.what, response.status_code, _code(response), is_begun)


def _code(response: httpx2.Response) -> str:
    """Of a problem (RFC 9457); anything else has none."""
    try:
        body: Any = response.json()
    except ValueError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""


def _taken_us(response: httpx2.Response) -> int:
    try:
        return CommandAnswer.model_validate_json(response.content).received_utc_us
    except ValidationError:
        return 0
