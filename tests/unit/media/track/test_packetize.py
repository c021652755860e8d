"""Access units to payloads: sizes, markers, equal fragments, and back again."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.media.packets.h264 import Depacketizer, starts_access_unit, starts_key_frame
from dispatch_server.media.track.packetize import LIMIT_BYTES, packetize_h264

SPS, PPS = b"\x67\x42\xc0\x1f", b"\x68\xce\x3c\x80"

nals = st.builds(
    lambda head, size: bytes((head,)) + bytes(range(256)) * (size // 256) + b"\x9a" * (size % 256),
    st.sampled_from([0x67, 0x68, 0x65, 0x61, 0x41, 0x06]),
    st.integers(1, 5000),
)


def test_parameter_sets_share_a_packet() -> None:
    payloads = packetize_h264([SPS, PPS, b"\x65\x88" + bytes(3000)])
    assert payloads[0] == (b"\x78\0\4" + SPS + b"\0\4" + PPS, False)
    assert starts_key_frame(payloads[0][0])
    assert starts_key_frame(payloads[1][0])
    assert [marker for _, marker in payloads] == [False, False, False, True]


def test_a_small_unit_is_sent_as_it_is() -> None:
    assert packetize_h264([b"\x61\x9a\1"]) == [(b"\x61\x9a\1", True)]
    assert packetize_h264([]) == []
    assert packetize_h264([b""]) == []


def test_fragments_are_of_one_size_but_for_the_last() -> None:
    for size in (1181, 2357, 2358, 6800, 40_000, 100_001):
        sizes = [len(payload) for payload, _ in packetize_h264([b"\x65" + bytes(size - 1)])]
        assert len(set(sizes[:-1])) == 1
        assert sizes[-1] <= sizes[0] <= LIMIT_BYTES
        assert sizes[0] - sizes[-1] < len(sizes)


@given(st.lists(nals, min_size=1, max_size=6), st.integers(20, 1400))
def test_what_goes_in_comes_out(units: list[bytes], limit_bytes: int) -> None:
    payloads = packetize_h264(units, limit_bytes)
    assert all(0 < len(payload) <= limit_bytes for payload, _ in payloads)
    assert [marker for _, marker in payloads] == [False] * (len(payloads) - 1) + [True]
    assert Depacketizer().read([payload for payload, _ in payloads]) == units


def test_the_first_payload_of_a_picture_can_be_told() -> None:
    first, second = packetize_h264([b"\x61\x9a" + bytes(2000)])
    assert starts_access_unit(first[0])
    assert not starts_access_unit(second[0])
