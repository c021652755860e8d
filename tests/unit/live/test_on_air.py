"""The streams that have not ended, and what the database does not know yet."""

from dispatch_server.live.model import Moment, Stream
from dispatch_server.live.on_air import StreamBook


def at(second: int) -> Moment:
    return Moment(float(second), second, str(second))


def live(name: str, source: str, book: StreamBook) -> Stream:
    stream = Stream(name, source, "01", 1)
    stream.answered("m", at(1))
    stream.connected(at(2))
    book.note(stream)
    return stream


def test_a_stream_is_found_by_id_and_source_until_it_ends() -> None:
    book = StreamBook(10)
    first = live("s1", "T0101", book)
    assert book.find("s1") is book.find("T0101") is book.of_source("T0101") is first
    second = live("s2", "T0101", book)
    first.ended(at(5), "replaced")
    book.note(first)
    assert book.find("s1") is None
    assert book.of_source("T0101") is second
    assert book.last_seen_utc_us == {"T0101": 5}


def test_guests_leave_no_trace_in_the_last_seen_list() -> None:
    book = StreamBook(10)
    guest = Stream("s1", "guest-a", "", 1)
    guest.answered("m", at(1))
    guest.connected(at(2))
    book.note(guest)
    assert book.last_seen_utc_us == {}


def test_what_is_unsaved_is_bounded_and_given_back_when_saving_fails() -> None:
    book = StreamBook(2)
    for number in range(3):
        live(f"s{number}", f"T010{number}", book)
    assert (book.unsaved, book.unsaved_dropped) == (2, 1)
    taken = book.take_unsaved()
    assert ([stream.id for stream in taken], book.unsaved) == (["s1", "s2"], 0)
    book.give_back(taken)
    assert book.unsaved == 2
