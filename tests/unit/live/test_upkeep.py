"""Saving and reading again, with a database that comes and goes."""

from dispatch_server.live.model import State, Stream
from tests.unit.live.room import ADMIN, Room


async def test_streams_are_saved_after_each_change() -> None:
    room = Room()
    opened = room.go_live()
    await room.parts.upkeep.round()
    assert room.stream_store.rows == {opened.stream_id: State.LIVE}
    room.live.publisher_lost(opened.session_id)
    await room.parts.upkeep.round()
    assert room.stream_store.rows == {opened.stream_id: State.LOST}


async def test_without_a_database_streams_go_on_and_are_saved_later() -> None:
    room = Room()
    room.stream_store.broken = True
    opened = room.go_live()
    await room.parts.upkeep.round()
    assert room.reports == ["saving streams and reading publish keys: the database is away"]
    assert room.reading("live_unsaved_streams") == 1
    viewer = room.watch()
    assert viewer.stream_id == opened.stream_id
    room.stream_store.broken = False
    await room.parts.upkeep.round()
    assert room.stream_store.rows == {opened.stream_id: State.LIVE}


async def test_a_restart_lets_publishers_carry_on() -> None:
    room = Room()
    secret, key = await room.parts.keys.issue("T0101", "", ADMIN)
    kept = Stream("old", "T0101", "01", 1, holder=key.id, state=State.LIVE, started_utc_us=2, since_utc_us=2)
    never = Stream("never", "T0102", "01", 1, state=State.ANSWERED)
    room.stream_store.kept = [kept, never]
    await room.parts.upkeep.start()
    assert [stream.id for stream in room.live.streams] == ["old"]
    assert kept.state is State.LOST
    assert room.publish(bearer=secret).stream_id == "old"
    await room.parts.upkeep.round()
    assert room.stream_store.rows["never"] is State.ENDED


async def test_what_was_revoked_while_the_server_was_down_carries_nothing_on() -> None:
    room = Room()
    _, key = await room.parts.keys.issue("T0101", "", ADMIN)
    await room.parts.keys.revoke(key.id, ADMIN)
    room.key_store.rows[key.id] = room.parts.keys.ring.get(key.id) or key
    room.stream_store.kept = [Stream("old", "T0101", "01", 1, holder=key.id, state=State.LOST, started_utc_us=2)]
    await room.parts.upkeep.start()
    assert len(room.live.streams) == 0


async def test_stopping_leaves_live_streams_to_be_carried_on() -> None:
    room = Room()
    opened = room.go_live()
    await room.parts.upkeep.stop()
    assert room.stream_store.rows == {opened.stream_id: State.LOST}


async def test_a_key_revoked_on_another_node_ends_its_session_within_the_refresh() -> None:
    room = Room()
    secret, key = await room.parts.keys.issue("T0101", "", ADMIN)
    await room.parts.upkeep.round()
    opened = room.go_live(bearer=secret)
    del room.key_store.rows[key.id]
    room.world.seconds += room.limits.key_refresh_s
    await room.parts.upkeep.round()
    assert (opened.session_id, "the publish key was revoked") in room.media.closed
    assert room.bus.names() == ["StreamStarted", "StreamEnded"]
    assert room.limits.key_refresh_s + 1 < 5
