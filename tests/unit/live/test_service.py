"""Publishing and watching: what opens, what carries on, what is refused."""

import pytest

from dispatch_server.kit.errors import Invalid, Unsupported
from dispatch_server.live.credentials import Knock
from dispatch_server.live.limits import LiveLimits
from dispatch_server.live.model import State, StreamResumed
from dispatch_server.live.refusals import (
    SourceBusy,
    SourceUnknown,
    StreamNotLive,
    TokenRefused,
    TooManyPosts,
    TooManySessions,
)
from dispatch_server.live.tokens import Direction
from dispatch_server.media.figures import StreamFigures
from tests.unit.live.fakes import OFFER
from tests.unit.live.room import ADDRESS, ADMIN, Room


def test_a_publisher_that_was_lost_carries_on_its_stream_with_the_same_session() -> None:
    room = Room()
    opened = room.go_live()
    room.live.publisher_lost(opened.session_id)
    room.world.seconds += 599
    room.live.tick()
    room.live.publisher_resumed(opened.session_id)
    assert room.bus.names() == ["StreamStarted", "StreamLost", "StreamResumed"]
    resumed = room.bus.events[-1]
    assert isinstance(resumed, StreamResumed)
    assert resumed.utc_us - resumed.lost_utc_us == 599_000_000
    assert {event.stream_id for event in room.bus.events} == {opened.stream_id}  # type: ignore[attr-defined]


def test_a_lost_stream_ends_after_the_grace() -> None:
    room = Room()
    opened = room.go_live()
    room.live.publisher_lost(opened.session_id)
    room.world.seconds += 600
    room.live.tick()
    assert room.bus.names()[-1] == "StreamEnded"
    assert (opened.session_id, "did not come back") in room.media.closed
    assert len(room.live.streams) == len(room.live.sessions) == 0


def test_the_session_key_alone_carries_on_the_same_stream() -> None:
    room = Room()
    first = room.go_live()
    room.live.publisher_lost(first.session_id)
    room.world.seconds += 300
    assert first.session_key is not None
    second = room.publish(bearer=first.session_key)
    assert second.stream_id == first.stream_id
    assert second.session_id != first.session_id
    assert second.session_key == first.session_key
    assert (first.session_id, "replaced") in room.media.closed
    room.live.publisher_connected(second.session_id)
    assert room.bus.names() == ["StreamStarted", "StreamLost", "StreamResumed"]
    # What the engine still says of the session that made way is stale.
    room.live.session_ended(first.session_id, "closed")
    room.live.publisher_lost(first.session_id)
    stream = room.live.streams.find("T0101")
    assert stream is not None and stream.state is State.LIVE


def test_a_second_publisher_takes_over_a_live_stream_with_its_session_key_only() -> None:
    room = Room()
    first = room.go_live()
    with pytest.raises(SourceBusy):
        room.publish()
    second = room.publish(session_key=first.session_key)
    assert second.stream_id == first.stream_id
    assert room.bus.names() == ["StreamStarted", "StreamLost"]
    assert list(room.media.sessions) == [second.session_id]


def test_a_bad_offer_disturbs_nobody() -> None:
    room = Room()
    first = room.go_live()
    bearer = room.token(Direction.PUBLISH, "T0101")
    for offer, refusal in (("nonsense", Invalid), (OFFER + "VP8", Unsupported)):
        with pytest.raises(refusal):
            room.live.publish("T0101", offer, Knock(bearer, ADDRESS, first.session_key))
    assert list(room.media.sessions) == [first.session_id]
    assert room.bus.names() == ["StreamStarted"]


def test_another_publisher_of_a_lost_source_begins_a_new_stream() -> None:
    room = Room()
    first = room.go_live()
    room.live.publisher_lost(first.session_id)
    second = room.publish()
    assert second.stream_id != first.stream_id
    assert room.bus.names() == ["StreamStarted", "StreamLost", "StreamEnded"]
    assert [stream.id for stream in room.live.streams] == [second.stream_id]


async def test_a_publish_key_carries_on_once_its_old_session_is_silent() -> None:
    room = Room()
    secret, _ = await room.parts.keys.issue("T0101", "OBS", ADMIN)
    first = room.go_live(bearer=secret)
    room.media.figures[first.stream_id] = StreamFigures(last_media_age_s=0.1)
    with pytest.raises(SourceBusy):
        room.publish(bearer=secret)
    room.media.figures[first.stream_id] = StreamFigures(last_media_age_s=5.0)
    second = room.publish(bearer=secret)
    assert second.stream_id == first.stream_id
    room.live.publisher_connected(second.session_id)
    room.live.publisher_lost(second.session_id)
    assert room.publish(bearer=secret).stream_id == first.stream_id


def test_the_end_of_a_failed_return_leaves_the_stream_to_its_grace() -> None:
    room = Room()
    first = room.go_live()
    room.live.publisher_lost(first.session_id)
    second = room.publish(session_key=first.session_key)
    room.live.session_ended(second.session_id, "no handshake")
    assert room.bus.names() == ["StreamStarted", "StreamLost"]
    third = room.publish(session_key=second.session_key)
    assert third.stream_id == first.stream_id


def test_the_engine_ends_a_publisher_and_its_viewers_go() -> None:
    room = Room()
    opened = room.go_live()
    viewer = room.watch()
    room.live.session_ended(opened.session_id, "sent too much")
    assert room.bus.names() == ["StreamStarted", "StreamEnded"]
    assert (viewer.session_id, "the stream ended") in room.media.closed
    assert len(room.live.sessions) == 0


def test_an_answer_that_nobody_follows_up_is_dropped() -> None:
    room = Room()
    opened = room.publish()
    room.world.seconds += 30
    room.live.tick()
    assert room.media.closed == [(opened.session_id, "never connected")]
    assert room.bus.names() == []


def test_only_what_is_live_is_watched() -> None:
    room = Room()
    with pytest.raises(StreamNotLive):
        room.token(Direction.WATCH, "T0101")
    opened = room.go_live()
    bearer = room.token(Direction.WATCH, "T0101")
    room.live.publisher_lost(opened.session_id)
    with pytest.raises(StreamNotLive):
        room.watch(bearer=bearer)
    room.live.publisher_resumed(opened.session_id)
    assert room.watch(bearer=bearer).stream_id == opened.stream_id


def test_sources_are_terminals_or_guests() -> None:
    room = Room()
    for source in ("T9901", "guest", "guest-", "guest-a b", ""):
        with pytest.raises(SourceUnknown):
            room.token(Direction.PUBLISH, source)
    assert room.publish("guest-Ab_1").session_id


def test_sessions_are_bounded() -> None:
    room = Room(LiveLimits(sessions=1))
    opened = room.go_live()
    with pytest.raises(TooManySessions):
        room.watch()
    # Whoever carries on a stream takes no place of its own.
    room.live.publisher_lost(opened.session_id)
    assert room.publish(session_key=opened.session_key)


def test_offers_of_one_source_from_one_address_are_bounded() -> None:
    room = Room(LiveLimits(posts_per_minute=10))
    key = room.go_live().session_key
    for _ in range(9):
        key = room.publish(session_key=key).session_key
    with pytest.raises(TooManyPosts) as caught:
        room.publish(session_key=key)
    assert caught.value.retry_after_s == 60
    bearer = room.token(Direction.PUBLISH, "T0101")
    assert room.live.publish("T0101", OFFER, Knock(bearer, "192.0.2.2", key))
    room.world.seconds += 60
    assert room.publish(session_key=key)


def test_no_setting_makes_a_token_live_longer_than_a_minute() -> None:
    room = Room(LiveLimits(token_life_s=3600))
    bearer = room.token(Direction.PUBLISH, "T0101")
    room.world.seconds += 60
    with pytest.raises(TokenRefused):
        room.publish(bearer=bearer)


def test_whoever_signs_out_ends_what_it_opened() -> None:
    room = Room()
    room.go_live()
    mine, other = room.watch(holder="me"), room.watch(holder="you")
    unused = room.token(Direction.WATCH, "T0101", holder="me")
    room.live.holder_left("me", "signed out")
    assert (mine.session_id, "signed out") in room.media.closed
    assert other.session_id in room.media.sessions
    with pytest.raises(TokenRefused):
        room.watch(bearer=unused)
    assert room.bus.names() == ["StreamStarted"]
