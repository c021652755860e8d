"""H.264 payloads against aiortc: it reads what we pack, we read what it packs."""

from aiortc.codecs.h264 import H264Encoder, H264PayloadDescriptor
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.packets.h264 import Depacketizer, split_annex_b
from dispatch_server.media.track.packetize import packetize_h264

nals = st.builds(
    lambda head, size, fill: bytes((head, 0x88)) + bytes((fill,)) * size,
    st.sampled_from([0x67, 0x68, 0x65, 0x61, 0x41, 0x06]),
    st.integers(0, 6000),
    st.integers(1, 255),
)
access_units = st.lists(nals, min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(access_units)
def test_it_reads_what_we_pack(units: list[bytes]) -> None:
    stream = b"".join(H264PayloadDescriptor.parse(payload)[1] for payload, _ in packetize_h264(units))
    assert stream == b"".join(b"\0\0\0\1" + unit for unit in units)
    assert split_annex_b(stream) == units


@settings(max_examples=60, deadline=None)
@given(access_units)
def test_we_read_what_it_packs(units: list[bytes]) -> None:
    assert Depacketizer().read(H264Encoder._packetize(iter(units))) == units


@given(access_units)
def test_it_splits_streams_as_we_do(units: list[bytes]) -> None:
    stream = b"".join(b"\0\0\0\1" + unit for unit in units)
    assert list(H264Encoder._split_bitstream(stream)) == split_annex_b(stream) == units
