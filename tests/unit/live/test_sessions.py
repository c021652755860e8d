"""Media sessions: their entity tags, their owners, their viewers."""

import pytest

from dispatch_server.live.refusals import EntityTagMissing, EntityTagOutdated, SessionUnknown, TooManySessions
from dispatch_server.live.sessions import MediaSession, SessionBook
from dispatch_server.live.tokens import Direction, digest_of


def session(name: str = "a", direction: Direction = Direction.WATCH, stream: str = "s1") -> MediaSession:
    return MediaSession(name, direction, stream, digest_of(f"token {name}"), "desk", "tag")


def test_if_match_names_the_present_ice_session_or_any() -> None:
    one = session()
    for value in ('"tag"', "*", '"old", "tag"'):
        one.check_match(value)
    for value in ("tag", 'W/"tag"', '"old"', ""):
        with pytest.raises(EntityTagOutdated):
            one.check_match(value)
    with pytest.raises(EntityTagMissing):
        one.check_match(None)
    one.restarts = 1
    with pytest.raises(EntityTagOutdated):
        one.check_match('"tag"')
    one.check_match(one.quoted_etag)


def test_a_session_is_its_owners_in_its_direction() -> None:
    book = SessionBook(10)
    book.add(session("a"))
    assert book.owned("a", digest_of("token a"), Direction.WATCH).id == "a"
    for session_id, bearer, direction in [
        ("a", "token b", Direction.WATCH),
        ("a", "token a", Direction.PUBLISH),
        ("b", "token a", Direction.WATCH),
    ]:
        with pytest.raises(SessionUnknown):
            book.owned(session_id, digest_of(bearer), direction)


def test_nobody_owns_an_unknown_session_not_even_with_a_digest_of_zeros() -> None:
    with pytest.raises(SessionUnknown):
        SessionBook(10).owned("a", bytes(32), Direction.WATCH)


def test_viewers_are_counted_by_stream_and_leave_nothing_behind() -> None:
    book = SessionBook(3)
    for one in (session("a"), session("b"), session("p", Direction.PUBLISH)):
        book.add(one)
    assert [one.id for one in book.viewers_of("s1")] == ["a", "b"]
    assert (book.count_viewers("s1"), book.count_viewers("s2")) == (2, 0)
    with pytest.raises(TooManySessions):
        book.check_room()
    for name in ("a", "a", "b", "p", "x"):
        book.pop(name)
    assert (len(book), book.count_viewers("s1"), book.refused) == (0, 0, 1)
    assert book._viewers == {}
