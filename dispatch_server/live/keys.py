"""Publish keys are given, listed and taken away; what another node took away ends here within seconds."""

import asyncio
from dataclasses import dataclass, field, replace

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
    capacity: int = 1_000
    # What is read from the database must not overtake what is just being written to it.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def newest_first(self, scope: Scope) -> list[PublishKey]:
        seen = [key for key in self.ring if scope.covers(self.roster.department_of(key.source))]
        return sorted(seen, key=lambda key: key.created_utc_us, reverse=True)

    async def issue(self, source: str, label: str, by: str, scope: Scope = COUNTY) -> tuple[str, PublishKey]:
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
            key = PublishKey(identity, source, label, digest_of(secret), utc_us, by)
            await self.store.add(key)
            self.ring.put(key)
        return secret, key

    async def revoke(self, key_id: str, scope: Scope = COUNTY) -> None:
        """Take a key away, durably, and end what is published with it at once."""
        async with self._turn:
            key = self.ring.get(key_id)
            if key is None or not key.valid or not scope.covers(self.roster.department_of(key.source)):
                raise KeyUnknown
            utc_us = self.world.utc_us()
            await self.store.revoke(key_id, utc_us)
            self.ring.put(replace(key, revoked_utc_us=utc_us))
        self.live.holder_left(key_id, REVOKED)

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
