"""What the wall and the roster show."""

from dispatch_server.kit.scope import COUNTY
from dispatch_server.media.abilities import Layer
from dispatch_server.media.figures import LayerFigures, StreamFigures
from tests.unit.live.room import Room


def test_the_wall_shows_who_is_live_with_figures() -> None:
    room = Room()
    opened = room.go_live("T1301")
    room.publish("T1302")
    room.media.figures[opened.stream_id] = StreamFigures(
        {Layer.MAIN: LayerFigures(1_500_000, 25.0, 1280, 720, 0.4)}, loss=0.01, rtt_ms=40.0, last_media_age_s=0.02
    )
    room.watch("T1301")
    (entry,) = room.parts.wall.list_streams(COUNTY).streams
    assert (entry.source, entry.department_name, entry.state, entry.viewers) == ("T1301", "城关镇", "live", 1)
    assert entry.figures is not None
    assert entry.figures.layers["main"].bitrate_bps == 1_500_000
    assert (entry.thumbnail_url, entry.recording) == (None, False)
    room.live.publisher_lost(opened.session_id)
    (entry,) = room.parts.wall.list_streams(COUNTY).streams
    assert (entry.state, entry.figures) == ("lost", None)
    assert entry.since_utc_us == room.world.utc_us()


async def test_the_roster_shows_all_terminals_and_when_each_was_seen() -> None:
    room = Room()
    await room.parts.upkeep.start()
    opened = room.go_live("T0101")
    listed = room.parts.wall.list_terminals(COUNTY)
    terminals = {entry.number: entry for entry in listed.terminals}
    assert (len(listed.departments), len(terminals)) == (21, 42)
    assert (terminals["T0101"].state, terminals["T0101"].stream_id) == ("live", opened.stream_id)
    assert (terminals["T0102"].state, terminals["T0102"].last_seen_utc_us) == ("offline", 5)
    assert terminals["T0201"].last_seen_utc_us is None
    room.live.publisher_lost(opened.session_id)
    lost_at = room.world.utc_us()
    room.world.seconds += 600
    room.live.tick()
    after = {entry.number: entry for entry in room.parts.wall.list_terminals(COUNTY).terminals}["T0101"]
    assert (after.state, after.stream_id) == ("offline", None)
    assert after.last_seen_utc_us == lost_at


def test_figures_are_read_once_a_second_however_many_ask() -> None:
    room = Room()
    room.go_live("T0101")
    for _ in range(100):
        room.parts.wall.list_streams(COUNTY)
    assert room.media.asked == 1
    room.world.seconds += 1
    room.parts.wall.list_streams(COUNTY)
    assert room.media.asked == 2
