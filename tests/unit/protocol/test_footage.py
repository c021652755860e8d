"""The index and its chain: what is written is proved, and any change is found."""

import hashlib
import json
import random

import pytest

from dispatch_server.protocol.footage import (
    EMPTY,
    GENESIS,
    Entry,
    FragmentEntry,
    GapEntry,
    Line,
    MalformedFootage,
    SegmentHead,
    canonical,
    cut_behind,
    follows,
    link,
    read_line,
    verify_segment,
    write_line,
)

MEDIA = random.Random(5).randbytes(1_000)
HEAD = SegmentHead(1, "sha-256", "recording-1", 1, "000001.mp4", 100, 5, "avc1.42e01f", "opus", "main", GENESIS.hex())


def fragment(number: int, offset: int, size: int = 150) -> FragmentEntry:
    return FragmentEntry(number, offset, size, 1_000 * number, 1_000, number == 1, 25, 50, 0, False)


ENTRIES: list[Entry] = [
    HEAD,
    fragment(1, 100),
    fragment(2, 250),
    GapEntry(2_000, 9_000, "publisher lost"),
    fragment(3, 400),
]


def lines(entries: list[Entry] = ENTRIES, media: bytes = MEDIA) -> list[Line]:
    made, chain, at = [], GENESIS, 0
    for entry in entries:
        size = 0 if isinstance(entry, GapEntry) else entry.bytes
        digest = hashlib.sha256(media[at : at + size]).digest()
        made.append(link(chain, entry, digest))
        chain, at = made[-1].chain, at + size
    return made


INDEX = b"".join(write_line(line) for line in lines())


def read(offset: int, count: int) -> bytes:
    return MEDIA[offset : offset + count]


def test_what_was_written_is_proved() -> None:
    verdict = verify_segment(INDEX, read, GENESIS)
    assert verdict.problems == () and verdict.tail == b"" and verdict.end == 550
    assert [line.entry for line in verdict.lines] == ENTRIES
    assert verdict.head == HEAD and len(verdict.fragments()) == 3 and len(verdict.gaps()) == 1
    assert verdict.chain == lines()[-1].chain


def test_a_line_is_one_line_of_json_and_comes_back() -> None:
    for line in lines():
        written = write_line(line)
        assert written.count(b"\n") == 1 and written.endswith(b"\n")
        assert read_line(written) == line
        assert json.loads(written)["kind"] == line.entry.kind


def test_the_canonical_form_is_fixed() -> None:
    """Terminals and verifiers elsewhere compute it too."""
    assert canonical(GapEntry(1, 2, "断线")) == '{"from_utc_us":1,"kind":"gap","reason":"断线","to_utc_us":2}'.encode()
    assert link(GENESIS, GapEntry(1, 2, "x"), bytes(32)).chain.hex() == (
        hashlib.sha256(bytes(64) + b'{"from_utc_us":1,"kind":"gap","reason":"x","to_utc_us":2}').hexdigest()
    )


def test_an_unfinished_line_is_a_tail_and_no_fault() -> None:
    verdict = verify_segment(INDEX + b'{"kind":"frag', read)
    assert verdict.problems == () and verdict.tail == b'{"kind":"frag' and len(verdict.lines) == 5


def test_every_changed_byte_of_the_media_is_found() -> None:
    for at in range(0, 550, 7):
        changed = bytearray(MEDIA)
        changed[at] ^= 1
        verdict = verify_segment(INDEX, lambda offset, count, data=changed: bytes(data[offset : offset + count]))
        assert verdict.problems, at


def test_every_changed_byte_of_the_index_is_found() -> None:
    for at in range(len(INDEX)):
        changed = bytearray(INDEX)
        changed[at] ^= 1
        verdict = verify_segment(bytes(changed), read, GENESIS)
        assert verdict.problems or verdict.tail or verdict.chain != lines()[-1].chain, at


@pytest.mark.parametrize("gone", range(5))
def test_a_line_that_was_taken_out_is_found(gone: int) -> None:
    kept = [line for place, line in enumerate(lines()) if place != gone]
    verdict = verify_segment(b"".join(write_line(line) for line in kept), read, GENESIS)
    assert verdict.problems or verdict.chain != lines()[-1].chain


def test_lines_that_change_places_are_found() -> None:
    made = lines()
    made[1], made[2] = made[2], made[1]
    assert verify_segment(b"".join(write_line(line) for line in made), read).problems


def test_media_that_ends_too_early_is_found() -> None:
    verdict = verify_segment(INDEX, lambda offset, count: MEDIA[:540][offset : offset + count])
    assert verdict.problems == ("line 5: the bytes are not those that were kept",)
    assert len(verdict.lines) == 4 and verdict.end == 400


def test_another_recordings_past_is_found() -> None:
    assert verify_segment(INDEX, read, b"\1" * 32).problems


def test_an_empty_index_says_so() -> None:
    assert verify_segment(b"", read).problems == (EMPTY,)


def test_a_part_that_nobody_writes_is_refused_before_it_is_read() -> None:
    asked: list[int] = []
    huge = SegmentHead(1, "sha-256", "r", 1, "f", 1 << 60, 0, "", "opus", "main", GENESIS.hex())
    index = write_line(link(GENESIS, huge, bytes(32)))
    assert verify_segment(index, lambda _, count: asked.append(count) or b"").problems  # type: ignore[func-returns-value]
    assert asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b"null",
        b"[" * 4_000,
        b"{" * 4_000,
        b'{"kind":"gap"}',
        b'{"kind":"other","digest":"' + b"0" * 64 + b'","chain":"' + b"0" * 64 + b'"}',
        write_line(lines()[3]).replace(b"2000", b"-200"),
        write_line(lines()[3]).replace(b"2000", b"2e10"),
        write_line(lines()[3]).replace(b"2000", b"true"),
        write_line(lines()[3]).replace(b"2000", b"9" * 300),
        write_line(lines()[3]).replace(b"2000", b"NaN"),
        write_line(lines()[3]).replace(b"publisher", b"\\u0000"),
        write_line(lines()[3]).replace(b"publisher", b"\\ud800"),
        write_line(lines()[3]).replace(b"publisher", b"x" * 300),
        write_line(lines()[3]).replace(b'"kind"', b'"more":1,"kind"'),
        write_line(lines()[1])[:-1] + b" " * 5_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_line_is_refused(wrong: bytes) -> None:
    with pytest.raises(MalformedFootage):
        read_line(wrong)


def test_an_unknown_algorithm_is_refused() -> None:
    other = write_line(lines()[0]).replace(b"sha-256", b"md5")
    assert "algorithm" in verify_segment(other, None).problems[0]


def test_what_lies_behind_the_line_that_is_followed_is_cut() -> None:
    made = lines()
    for count in range(1, len(made) + 1):
        kept = cut_behind(INDEX + b'{"half a', made[count - 1].chain.hex())
        assert verify_segment(kept, read, GENESIS).lines == tuple(made[:count])
    assert cut_behind(INDEX, "ab" * 32) == INDEX
    assert cut_behind(INDEX, GENESIS.hex()) == b"", "what follows came in the place of it"


def test_an_index_says_what_it_follows_once_it_has_a_head() -> None:
    first = INDEX.index(b"\n") + 1
    assert follows(INDEX) == follows(INDEX[:first]) == GENESIS.hex()
    assert follows(b"") is follows(INDEX[: first - 1]) is follows(INDEX[first:]) is follows(b"{}\n") is None
