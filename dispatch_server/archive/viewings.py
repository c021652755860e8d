"""One line of the ledger for each viewing: of a recording, however many ranges its player asks for, and of stills."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.ports import WorldPort
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.scope import Scope

ACTION = "recording.play"
WATCH = "stream.watch"
# Whoever comes back after so long, or after so many other viewings, begins another one.
PAUSE_S = 1800.0
KEPT = 10_000
Key = tuple[str, str]  # a sign-in and what it views


@dataclass(slots=True)
class Viewings:
    """A viewing is one sign-in's playing of one recording, or its looking at one's stills, until it pauses for long."""

    catalog: Catalog
    recorder: Recorder
    world: WorldPort
    _asked_at: OrderedDict[Key, float] = field(default_factory=OrderedDict)
    _turns: dict[Key, asyncio.Lock] = field(default_factory=dict)  # of those that are being entered

    async def note(self, session: Session, recording_id: str, scope: Scope, still: bool = False) -> None:
        """
        On record before anything is sent: raises LedgerAway when it cannot be, RecordingUnknown for what this
        person may not see. To see its still is not yet to have played it.
        """
        key = (session.id, f"still of {recording_id}" if still else recording_id)
        if self._goes_on(key):
            return
        card = (await self.catalog.find(recording_id, scope)).card
        await self._enter(key, session, ACTION, f"recording:{card.id}", card.department, card.source, still)

    async def note_still(self, session: Session, stream_id: str, department: str, source: str) -> None:
        """The same of a stream on air; the caller has looked whether this person may see it."""
        key = (session.id, f"still of stream {stream_id}")
        if not self._goes_on(key):
            await self._enter(key, session, WATCH, f"stream:{stream_id}", department, source, True)

    async def _enter(
        self, key: Key, session: Session, action: str, subject: str, department: str, source: str, still: bool
    ) -> None:
        # A player's first requests come together: one line for all of them. Others do not wait for it.
        turn = self._turns.setdefault(key, asyncio.Lock())
        try:
            async with turn:
                if self._goes_on(key):
                    return
                detail: dict[str, Any] = {"source": source, **({"still": True} if still else {})}
                await self.recorder.enter(session, action, subject, department=department, **detail)
                self._asked_at[key] = self.world.monotonic()
                while len(self._asked_at) > KEPT:
                    self._asked_at.popitem(last=False)
        finally:
            if not turn.locked():
                self._turns.pop(key, None)

    def _goes_on(self, key: Key) -> bool:
        now = self.world.monotonic()
        asked_at = self._asked_at.get(key)
        if asked_at is None or now - asked_at > PAUSE_S:
            return False
        self._asked_at[key] = now
        self._asked_at.move_to_end(key)
        return True
