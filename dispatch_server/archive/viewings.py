"""One line of the ledger for each viewing of a recording, however many ranges its player asks for."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.ports import WorldPort
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.scope import Scope

ACTION = "recording.play"
# Whoever comes back after so long, or after so many other viewings, begins another one.
PAUSE_S = 1800.0
KEPT = 10_000


@dataclass(slots=True)
class Viewings:
    """A viewing is one sign-in's playing of one recording until it pauses for long."""

    catalog: Catalog
    recorder: Recorder
    world: WorldPort
    _asked_at: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def note(self, session: Session, recording_id: str, scope: Scope) -> None:
        """
        On record before anything is sent: raises LedgerAway when it cannot be, RecordingUnknown for what this
        person may not see.
        """
        if self._goes_on(session, recording_id):
            return
        async with self._turn:  # a player's first requests come together: one line for all of them
            if self._goes_on(session, recording_id):
                return
            card = (await self.catalog.find(recording_id, scope)).card
            await self.recorder.enter(
                session, ACTION, f"recording:{card.id}", department=card.department, source=card.source
            )
            self._asked_at[session.id, recording_id] = self.world.monotonic()
            while len(self._asked_at) > KEPT:
                self._asked_at.popitem(last=False)

    def _goes_on(self, session: Session, recording_id: str) -> bool:
        key, now = (session.id, recording_id), self.world.monotonic()
        asked_at = self._asked_at.get(key)
        if asked_at is None or now - asked_at > PAUSE_S:
            return False
        self._asked_at[key] = now
        self._asked_at.move_to_end(key)
        return True
