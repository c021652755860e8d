"""What is asked for first: seconds that nobody else kept, then the newest."""

from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.worth import in_order_of_worth, lacking_of, shared_us
from dispatch_server.protocol.masters import Receipt

MINUTE = 60_000_000


def segment(number: int, receipt: Receipt | None = None) -> AnnouncedSegment:
    begin = number * MINUTE
    return AnnouncedSegment("r", number, "", "", 1, 1, begin, begin + MINUTE, number, receipt=receipt)


def test_what_is_lacking_lies_in_no_run() -> None:
    assert lacking_of([], 0, 10) == [(0, 10)]
    assert lacking_of([(0, 10)], 0, 10) == []
    assert lacking_of([(2, 4), (3, 5), (7, 20)], 0, 10) == [(0, 2), (5, 7)]
    assert lacking_of([(7, 20), (-5, 1)], 0, 10) == [(1, 7)]
    assert lacking_of([(20, 30)], 0, 10) == [(0, 10)]


def test_lacking_seconds_come_first_and_then_the_newest() -> None:
    segments = [segment(number) for number in range(1, 6)]
    assert in_order_of_worth(segments, []) == [5, 4, 3, 2, 1]
    lacking = [(2 * MINUTE, 3 * MINUTE), (4 * MINUTE + 1, 4 * MINUTE + 500_000)]
    assert in_order_of_worth(segments, lacking) == [4, 2, 5, 3, 1]
    assert shared_us(lacking, segments[3]) == 499_999


def test_the_edges_of_two_recordings_are_no_lack_and_receipts_are_wanted_no_more() -> None:
    receipt = Receipt(
        recording="01976b3c-0000-7000-8000-000000000001",
        segment=3, bytes=1, digest="0" * 64, chain="0" * 64, utc_us=1, key_id="a" * 43,
    )  # fmt: skip
    segments = [segment(1), segment(2), segment(3, receipt)]
    assert in_order_of_worth(segments, [(MINUTE, MINUTE + 100_000)]) == [2, 1]
