"""One byte range (RFC 9110 14): what is sent of how many bytes."""

import pytest

from dispatch_server.web.ranges import RangeRefused, Slice, one_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-0", Slice(0, 1)),
        ("bytes=0-", Slice(0, 1000)),
        ("bytes=500-", Slice(500, 500)),
        ("bytes=999-999", Slice(999, 1)),
        ("bytes=10-5000", Slice(10, 990)),
        ("bytes=-1", Slice(999, 1)),
        ("bytes=-5000", Slice(0, 1000)),
        ("Bytes=1-2", Slice(1, 2)),
        ("lines=1-2", None),
    ],
)
def test_what_is_sent(header: str | None, wanted: Slice | None) -> None:
    assert one_range(header, SIZE) == wanted


@pytest.mark.parametrize(
    "header",
    [
        "bytes=1000-", "bytes=5-4", "bytes=-0", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,2-3", "bytes=--1",
        "bytes = 0-1", "bytes=0x0-1", "bytes=٠-١", "bytes=" + "9" * 30 + "-", "bytes=0-1" + " " * 100, "bytes",
    ],
)  # fmt: skip
def test_what_is_refused_says_the_size(header: str) -> None:
    with pytest.raises(RangeRefused) as refused:
        one_range(header, SIZE)
    assert refused.value.headers == {"Content-Range": "bytes */1000"}


def test_nothing_can_be_taken_from_nothing() -> None:
    for header in ("bytes=0-", "bytes=-1"):
        with pytest.raises(RangeRefused):
            one_range(header, 0)
    assert one_range(None, 0) is None
