"""Publish keys are given, listed and taken away; what another node took away ends here within seconds."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from dispatch_server.identity.callers import Caller, actor_of
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.errors import Unavailable
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.live.ports import KeyStorePort, WorldPort
from dispatch_server.live.publish_keys import KeyRing, PublishKey
from dispatch_server.live.refusals import KeyExists, KeyUnknown, SourceUnknown
from dispatch_server.live.roster import Roster
from dispatch_server.live.service import LiveService
from dispatch_server.live.tokens import digest_of, new_secret

REVOKED = "the publish key was revoked"


@dataclass(slots=True)
class PublishKeys:
    world: WorldPort
    store: KeyStorePort
    ring: KeyRing
    roster: Roster
    live: LiveService
    recorder: Recorder
    capacity: int = 1_000
    # What is read from the database must not overtake what is just being written to it.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def newest_first(self, scope: Scope) -> list[PublishKey]:
        seen = [key for key in self.ring if scope.covers(self.roster.department_of(key.source))]
        return sorted(seen, key=lambda key: key.created_utc_us, reverse=True)

    async def issue(self, source: str, label: str, caller: Caller, scope: Scope = COUNTY) -> tuple[str, PublishKey]:
        """A new key for a source that has none; the secret is told this once."""
        if not self.roster.may_publish(source) or not scope.covers(self.roster.department_of(source)):
            raise SourceUnknown(source)
        async with self._turn:
            if self.ring.valid_of(source) is not None:
                raise KeyExists(source)
            if sum(1 for key in self.ring if key.valid) >= self.capacity:
                raise Unavailable("too_many_publish_keys", "No more publish keys can be given.")
            secret = new_secret("pk_", self.world.chance)
            utc_us = self.world.utc_us()
            identity = uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES))
            by = caller.person.id if isinstance(caller, Session) else actor_of(caller)[1]
            key = PublishKey(identity, source, label, digest_of(secret), utc_us, by)

            async def line(connection: Any) -> None:
                await self.recorder.enter(caller, "publish_key.issue", connection=connection, **self._told(key))

            await self.store.add(key, line)
            self.ring.put(key)
        return secret, key

    async def revoke(self, key_id: str, caller: Caller, scope: Scope = COUNTY) -> None:
        """Take a key away, durably, and end what is published with it at once."""
        async with self._turn:
            key = self.ring.get(key_id)
            if key is None or not key.valid or not scope.covers(self.roster.department_of(key.source)):
                raise KeyUnknown
            utc_us = self.world.utc_us()
            told = self._told(key)

            async def line(connection: Any) -> None:
                # It only takes a right away: done without a ledger too.
                await self.recorder.enter_anyway(caller, "publish_key.revoke", connection=connection, **told)

            await self.store.revoke(key_id, utc_us, line)
            self.ring.put(replace(key, revoked_utc_us=utc_us))
        self.live.holder_left(key_id, REVOKED)

    def _told(self, key: PublishKey) -> dict[str, Any]:
        """What the ledger is told of a key."""
        department = self.roster.department_of(key.source)
        return {"subject": f"publish_key:{key.id}", "department": department, "source": key.source, "label": key.label}

    def end_revoked(self) -> None:
        """After a restart: what was revoked meanwhile carries nothing on."""
        for key in self.ring:
            if not key.valid:
                self.live.holder_left(key.id, REVOKED)

    async def refresh(self) -> None:
        """Read what other nodes did, and write when our keys were used."""
        async with self._turn:
            used = self.ring.take_used()
            if used:
                await self.store.used(used)
            gone = self.ring.refresh(await self.store.keys())
        for key in gone:
            self.live.holder_left(key.id, REVOKED)
