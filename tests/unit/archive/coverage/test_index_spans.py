"""An index made short."""

from dispatch_server.archive.coverage.index_spans import ends_of, read_spans
from dispatch_server.archive.coverage.model import Absence, Span
from dispatch_server.protocol.footage import GENESIS, Entry, FragmentEntry, GapEntry, SegmentHead, link, write_line

HEAD = SegmentHead(1, "sha-256", "recording-1", 1, "000001.mp4", 900, 1_000, "avc1", "opus", "main", "00" * 32)


def fragment(number: int, utc_us: int, duration_us: int) -> FragmentEntry:
    return FragmentEntry(number, 900 + (number - 1) * 50, 50, utc_us, duration_us, True, 1, 1, 0, False)


def index_of(*entries: Entry) -> bytes:
    chain, lines = GENESIS, []
    for entry in entries:
        line = link(chain, entry, bytes(32))
        chain = line.chain
        lines.append(write_line(line))
    return b"".join(lines)


def test_fragments_that_touch_are_one() -> None:
    index = index_of(
        HEAD, GapEntry(0, 1_000, "publisher lost"), fragment(1, 1_000, 9_000), fragment(2, 10_500, 9_500),
        fragment(3, 90_000, 10_000),
    )  # fmt: skip
    found = read_spans("recording-1", 1, index, 1050)
    assert found.spans == (Span(1_000, 20_000), Span(90_000, 100_000))
    assert found.gaps == (Absence(0, 1_000, "publisher lost"),)


def test_what_was_not_announced_or_is_no_line_counts_for_nothing() -> None:
    index = index_of(HEAD, fragment(1, 1_000, 9_000), fragment(2, 10_000, 9_000))
    assert read_spans("recording-1", 1, index, 950).spans == (Span(1_000, 10_000),)
    assert read_spans("recording-1", 1, index[:-20], 1000).spans == (Span(1_000, 10_000),)
    assert read_spans("recording-1", 1, b"{}\n" + index, 1000).spans == ()
    assert read_spans("recording-1", 1, b"", 1000).spans == ()


def test_an_end_is_a_reason_until_something_follows() -> None:
    assert ends_of([(5, "ended by its owner"), (50, "late"), (1, "")], 10) == [Absence(5, 10, "ended by its owner")]
