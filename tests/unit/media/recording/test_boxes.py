"""The box walker accepts what we write, and refuses what does not hold together."""

import struct

import pytest

from dispatch_server.media.recording.boxes import boxes, read_fragment, read_init
from dispatch_server.media.recording.fmp4 import Run, box, fragment, init_segment
from dispatch_server.protocol.footage import MalformedFootage
from tests.unit.media.recording.made import PPS, SMALL_SPS, START_US

FRAGMENT = fragment(1, Run(0, [b"k" * 50, b"p" * 30], [3600, 3600]), Run(0, [b"a" * 7], [960]), START_US)


def test_boxes_fill_their_space() -> None:
    data = box(b"aaaa", b"1") + struct.pack(">I4sQ", 1, b"bbbb", 17) + b"2"
    assert [(one.name, data[one.body : one.end]) for one in boxes(data)] == [(b"aaaa", b"1"), (b"bbbb", b"2")]


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0",
        struct.pack(">I4s", 7, b"abcd"),
        struct.pack(">I4s", 9, b"abcd"),
        struct.pack(">I4s", 0, b"abcd"),
        struct.pack(">I4s", 1, b"abcd"),
        struct.pack(">I4sQ", 1, b"abcd", 1 << 63),
        box(b"free") * 1001,
    ],
)
def test_a_box_that_does_not_fit_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFootage):
        list(boxes(data))


def test_a_cut_fragment_is_refused() -> None:
    for cut in range(len(FRAGMENT)):
        with pytest.raises(MalformedFootage):
            read_fragment(FRAGMENT[:cut])


def test_media_that_no_run_describes_is_refused() -> None:
    more = FRAGMENT[: FRAGMENT.index(b"mdat") - 4] + box(b"mdat", b"x" * 88)
    with pytest.raises(MalformedFootage, match="media data"):
        read_fragment(more)


def test_a_run_that_points_elsewhere_is_refused() -> None:
    at = FRAGMENT.index(b"trun") + 12
    (offset,) = struct.unpack_from(">i", FRAGMENT, at)
    for wrong in (offset + 1, offset - 1, -1, 2**31 - 1):
        with pytest.raises(MalformedFootage, match="follow"):
            read_fragment(FRAGMENT[:at] + struct.pack(">i", wrong) + FRAGMENT[at + 4 :])


def test_a_billion_samples_are_refused_at_once() -> None:
    at = FRAGMENT.index(b"trun") + 8
    with pytest.raises(MalformedFootage):
        read_fragment(FRAGMENT[:at] + struct.pack(">I", 10**9) + FRAGMENT[at + 4 :])


def test_an_initialisation_part_has_nothing_else() -> None:
    init = init_segment((SMALL_SPS, PPS), True, START_US)
    assert len(read_init(init)) == 2
    with pytest.raises(MalformedFootage):
        read_init(init + box(b"free"))
