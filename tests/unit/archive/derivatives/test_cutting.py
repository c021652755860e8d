"""Which fragments a clip takes, and how their times move."""

import hashlib
import struct

import pytest

from dispatch_server.archive.derivatives.cutting import SourceFile, cut, moved
from dispatch_server.archive.derivatives.refusals import FormChanges, NothingThere
from dispatch_server.media.recording.boxes import read_fragment
from dispatch_server.media.recording.fmp4 import SOUND_ID, VIDEO_ID, Run, fragment, init_segment
from dispatch_server.protocol.footage import FragmentEntry, Line, MalformedFootage, SegmentHead

S = 1_000_000
INIT = init_segment(None, True, 0)
RATES = {VIDEO_ID: 90_000, SOUND_ID: 48_000}


def source(number: int, begin: int, keys: str, init: bytes = INIT, video: str = "avc1") -> SourceFile:
    """A file from `begin` seconds on, whose fragments of a second begin with a key frame where there is a K."""
    head = SegmentHead(1, "sha-256", "r1", number, f"{number:06}.mp4", len(init), begin * S, video, "opus", "main", "")
    lines = tuple(
        Line(
            FragmentEntry(begin + at, 100 * at, 100, (begin + at) * S, S, key == "K", 25, 50, 0, False),
            bytes([at]) * 32,
            b"",
        )
        for at, key in enumerate(keys)
    )
    return SourceFile(head, lines, init)


FILES = [source(1, 0, "K-K-"), source(2, 4, "K---"), source(3, 8, "K-")]


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (0, 10, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (1.5, 2.5, [0, 1, 2]),
        (2, 3, [2]),
        (7, 7.000001, [4, 5, 6, 7]),
        (3.5, 8.5, [2, 3, 4, 5, 6, 7, 8]),
        (9.9, 99, [8, 9]),
    ],
)
def test_from_the_key_frame_before_to_the_end_of_the_last(begin: float, end: float, expected: list[int]) -> None:
    made = cut(FILES, int(begin * S), int(end * S))
    assert [piece.entry.number for piece in made.pieces] == expected
    assert (made.from_utc_us, made.to_utc_us) == (expected[0] * S, (expected[-1] + 1) * S)
    shift = {1: 0, 2: 4, 3: 8}
    first = made.pieces[0].segment
    assert [piece.shift_us for piece in made.pieces] == [(shift[p.segment] - shift[first]) * S for p in made.pieces]
    digest = hashlib.sha256(b"".join(piece.digest for piece in made.pieces)).hexdigest()
    assert made.original_digest == digest


def test_sound_alone_has_no_key_frames() -> None:
    made = cut([source(1, 0, "----", video="")], 2 * S, 3 * S)
    assert [piece.entry.number for piece in made.pieces] == [2]


def test_nothing_there_and_another_form() -> None:
    with pytest.raises(NothingThere):
        cut(FILES, 20 * S, 21 * S)
    with pytest.raises(FormChanges):
        cut([FILES[0], source(2, 4, "K", init=init_segment(None, False, 0))], 3 * S, 5 * S)


def test_times_move_and_nothing_else() -> None:
    runs = [Run(90_000, [b"v" * 10], [3600]), Run(48_000, [b"s" * 7], [960])]
    data = fragment(3, runs[0], runs[1], 5 * S)
    assert moved(data, 0, RATES) is data
    later = moved(data, 2 * S, RATES)
    assert [run.base for run in read_fragment(later).runs] == [90_000 + 180_000, 48_000 + 96_000]
    (media_time,) = struct.unpack_from(">Q", later, 8 + 4 + 4 + 8)
    assert media_time == 270_000
    changed = [at for at, (one, other) in enumerate(zip(data, later, strict=True)) if one != other]
    assert 3 <= len(changed) <= 24
    with pytest.raises(MalformedFootage):
        moved(data.replace(b"tfdt", b"tfdx"), S, RATES)
