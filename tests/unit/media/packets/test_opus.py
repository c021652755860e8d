"""Durations by TOC byte (RFC 6716 table 2) and discontinuous transmission."""

import pytest

from dispatch_server.media.packets.opus import LONGEST_TICKS, duration_ticks, is_dtx


def toc(config: int, code: int = 0) -> int:
    return config << 3 | code


@pytest.mark.parametrize(
    ("config", "milliseconds"),
    [
        (0, 10),
        (1, 20),
        (2, 40),
        (3, 60),
        (11, 60),
        (12, 10),
        (13, 20),
        (15, 20),
        (16, 2.5),
        (19, 20),
        (31, 20),
        (30, 10),
    ],
)
def test_one_frame(config: int, milliseconds: float) -> None:
    assert duration_ticks(bytes((toc(config), 1, 2))) == milliseconds * 48


def test_two_frames_of_one_or_of_two_sizes() -> None:
    assert duration_ticks(bytes((toc(31, 1), 1, 2))) == 1920
    assert duration_ticks(bytes((toc(31, 2), 1, 2))) == 1920


def test_a_counted_number_of_frames() -> None:
    assert duration_ticks(bytes((toc(31, 3), 0x80 | 3, 1, 2))) == 2880
    assert duration_ticks(bytes((toc(16, 3), 48, 1))) == LONGEST_TICKS


def test_invalid_packets_last_no_time() -> None:
    assert duration_ticks(b"") == 0
    assert duration_ticks(bytes((toc(31, 3),))) == 0
    assert duration_ticks(bytes((toc(31, 3), 7))) == 0  # 140 ms
    assert duration_ticks(bytes((toc(31, 3), 0))) == 0


def test_silence() -> None:
    assert is_dtx(b"\xf8")
    assert is_dtx(b"\xf8\xff")
    assert not is_dtx(b"\xf8\xff\xfe")
