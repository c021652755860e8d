"""The server dies and comes back over the same database: publishers carry their streams on."""

import pytest

from dispatch_server.live.assembly import LiveRoom, Outside, assemble
from dispatch_server.live.credentials import Knock
from dispatch_server.live.limits import LiveLimits
from dispatch_server.live.model import State
from dispatch_server.live.refusals import TokenRefused
from dispatch_server.live.store import KeyStore, StreamStore
from dispatch_server.runtime.database import Database
from tests.ledgers import recorder_over
from tests.unit.live.fakes import OFFER, FakeBus, FakeMedia, FakeWorld
from tests.unit.live.room import ADDRESS, ADMIN, county


class Node:
    """One node's live room over a shared database."""

    def __init__(self, database: Database, world: FakeWorld) -> None:
        self.media, self.bus = FakeMedia(), FakeBus()
        stores = StreamStore(database), KeyStore(database)
        outside = Outside(
            self.media, self.bus, world, *stores, report=lambda what, error: None, recorder=recorder_over(world)
        )
        self.parts: LiveRoom = assemble(outside, county(), LiveLimits())

    def publish(self, source: str, bearer: str) -> tuple[str, str]:
        opened = self.parts.live.publish(source, OFFER, Knock(bearer, ADDRESS))
        self.parts.live.publisher_connected(opened.session_id)
        return opened.stream_id, opened.session_key or ""


async def test_session_keys_and_publish_keys_carry_on_after_a_kill(database: Database) -> None:
    world = FakeWorld()
    before = Node(database, world)
    await before.parts.upkeep.start()
    secret, _ = await before.parts.keys.issue("T0101", "", ADMIN)
    by_key, session_key = before.publish("T0101", secret)
    await before.parts.upkeep.round()
    # No stop: the process is killed here.
    after = Node(database, world)
    await after.parts.upkeep.start()
    assert [(stream.id, stream.state) for stream in after.parts.live.streams] == [(by_key, State.LOST)]
    with pytest.raises(TokenRefused):
        after.publish("T0101", session_key[:-1])
    assert after.publish("T0101", session_key) == (by_key, session_key)
    assert after.bus.names() == ["StreamResumed"]


async def test_a_stream_that_nobody_carries_on_ends_after_the_grace(database: Database) -> None:
    world = FakeWorld()
    before = Node(database, world)
    secret, _ = await before.parts.keys.issue("T0101", "", ADMIN)
    stream_id, _ = before.publish("T0101", secret)
    await before.parts.upkeep.round()
    after = Node(database, world)
    await after.parts.upkeep.start()
    world.seconds += 600
    await after.parts.upkeep.round()
    assert after.bus.names() == ["StreamEnded"]
    assert await StreamStore(database).unfinished() == []
    assert after.publish("T0101", secret)[0] != stream_id


async def test_a_key_that_another_node_revoked_ends_the_stream_within_five_seconds(database: Database) -> None:
    world = FakeWorld()
    here, there = Node(database, world), Node(database, world)
    secret, key = await here.parts.keys.issue("T0101", "", ADMIN)
    await there.parts.upkeep.round()
    there.publish("T0101", secret)
    await here.parts.keys.revoke(key.id, ADMIN)
    for _ in range(5):
        world.seconds += 1
        await there.parts.upkeep.round()
        if there.bus.names() == ["StreamStarted", "StreamEnded"]:
            break
    assert there.bus.names() == ["StreamStarted", "StreamEnded"]
    assert there.media.sessions == {}
