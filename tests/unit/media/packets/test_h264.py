"""H.264 payloads of RFC 6184 and both byte-stream forms: known answers and what must be refused."""

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.h264 import (
    Depacketizer,
    PictureSize,
    read_sps,
    split_annex_b,
    split_length_prefixed,
    starts_access_unit,
    starts_key_frame,
    to_annex_b,
    to_length_prefixed,
)

SPS = bytes.fromhex("6742c01fda014016e840000003004000000ca3c60ca8")
PPS = bytes.fromhex("68ce3c80")
IDR = b"\x65\x88\x84" + bytes(range(200))
SLICE = b"\x61\x9a\x00" + bytes(range(100))
LATER_SLICE = b"\x61\x46\x00" + bytes(range(100))  # first_mb_in_slice is not zero


def aggregate(*nals: bytes) -> bytes:
    return b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def fragments(nal: bytes, *cuts: int) -> list[bytes]:
    indicator, kind = nal[0] & 0xE0 | 28, nal[0] & 0x1F
    parts = [nal[start:end] for start, end in zip((1, *cuts), (*cuts, len(nal)), strict=True)]
    flags = [0x80, *[0] * (len(parts) - 2), 0x40]
    return [bytes((indicator, kind | flag)) + part for flag, part in zip(flags, parts, strict=True)]


class TestKeyFrames:
    @pytest.mark.parametrize(
        "payload", [SPS, IDR, aggregate(SPS, PPS), aggregate(b"\x06\x05", IDR), fragments(IDR, 50)[0]]
    )
    def test_begins_here(self, payload: bytes) -> None:
        assert starts_key_frame(payload)

    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            PPS,
            SLICE,
            aggregate(b"\x06\x05", SLICE),
            fragments(IDR, 50)[1],
            fragments(SLICE, 50)[0],
            b"\x7c",
            b"\x78\0",
        ],
    )
    def test_does_not_begin_here(self, payload: bytes) -> None:
        assert not starts_key_frame(payload)

    def test_a_cut_aggregate_is_no_error(self) -> None:
        whole = aggregate(b"\x06\x05\x04", PPS)
        assert not any(starts_key_frame(whole[:length]) for length in range(len(whole)))


class TestAccessUnits:
    @pytest.mark.parametrize(
        "payload",
        [
            SPS,
            PPS,
            b"\x09\x10",
            b"\x06\x05",
            IDR,
            SLICE,
            fragments(IDR, 50)[0],
            fragments(SLICE, 50)[0],
            aggregate(SPS, PPS),
        ],
    )
    def test_begins_here(self, payload: bytes) -> None:
        assert starts_access_unit(payload)

    @pytest.mark.parametrize(
        "payload", [b"", b"\x61", LATER_SLICE, fragments(LATER_SLICE, 50)[0], fragments(IDR, 50)[1]]
    )
    def test_does_not_begin_here(self, payload: bytes) -> None:
        assert not starts_access_unit(payload)


class TestDepacketizer:
    def test_single_units(self) -> None:
        assert Depacketizer().read([SPS, PPS, IDR]) == [SPS, PPS, IDR]

    def test_aggregates(self) -> None:
        assert Depacketizer().read([aggregate(SPS, PPS), IDR]) == [SPS, PPS, IDR]

    def test_fragments_over_several_calls(self) -> None:
        reader = Depacketizer()
        first, second, third = fragments(IDR, 50, 100)
        assert reader.push(first) == []
        assert reader.incomplete
        assert reader.push(second) == []
        assert reader.push(third) == [IDR]
        assert not reader.incomplete

    def test_undefined_types_are_passed_over(self) -> None:
        assert Depacketizer().read([b"\x00\x01", b"\x1e\x01", b"\x1f\x01", SLICE]) == [SLICE]

    @pytest.mark.parametrize(
        "payloads",
        [
            [b""],
            [b"\x65"],
            [fragments(IDR, 50)[1]],
            [fragments(IDR, 50)[0], SLICE],
            [fragments(IDR, 50)[0], fragments(IDR, 50)[0]],
            [b"\x7c\xc5abc"],  # begins and ends at once
            [aggregate(SPS)[:-1]],
            [b"\x78\x00"],
            [b"\x78\x00\x00"],
            [aggregate(aggregate(SPS))],
            [b"\x79\x00\x01\x02"],  # STAP-B
            [b"\x7d\x85\x00\x01"],  # FU-B
        ],
    )
    def test_refuses(self, payloads: list[bytes]) -> None:
        with pytest.raises(MalformedPacket):
            Depacketizer().read(payloads)

    def test_goes_on_after_a_refusal(self) -> None:
        reader = Depacketizer()
        with pytest.raises(MalformedPacket):
            reader.read([fragments(IDR, 50)[0], SLICE])
        assert not reader.incomplete
        assert reader.read(fragments(IDR, 50)) == [IDR]

    def test_reset_forgets_a_begun_unit(self) -> None:
        reader = Depacketizer()
        reader.push(fragments(IDR, 50)[0])
        reader.reset()
        assert reader.read([SLICE]) == [SLICE]


class TestByteStreams:
    def test_splits_at_both_kinds_of_start_code(self) -> None:
        stream = b"\0\0\0\1" + SPS + b"\0\0\1" + PPS + b"\0\0\0\0\0\1" + IDR
        assert split_annex_b(stream) == [SPS, PPS, IDR]

    def test_what_stands_before_the_first_start_code_is_no_unit(self) -> None:
        assert split_annex_b(b"abc\0\0\1" + PPS) == [PPS]
        assert split_annex_b(b"") == []
        assert split_annex_b(b"\0\0\1\0\0\1") == []

    def test_both_forms_say_the_same(self) -> None:
        prefixed = to_length_prefixed([SPS, PPS, IDR])
        assert prefixed == b"".join(len(nal).to_bytes(4, "big") + nal for nal in (SPS, PPS, IDR))
        assert split_length_prefixed(prefixed) == [SPS, PPS, IDR]
        assert split_annex_b(to_annex_b(prefixed)) == [SPS, PPS, IDR]

    @pytest.mark.parametrize("data", [b"\0", b"\0\0\0\5abcd", b"\0\0\0\0", to_length_prefixed([SPS])[:-1]])
    def test_refuses_cut_lengths(self, data: bytes) -> None:
        with pytest.raises(MalformedPacket):
            to_annex_b(data)


class TestSequenceParameterSet:
    @pytest.mark.parametrize(
        ("sps", "width", "height", "level"),
        [
            ("6742c01fda014016e840000003004000000ca3c60ca8", 1280, 720, 31),
            ("6742c00cda05067e7840000003004000000ca3c50aa8", 320, 180, 12),
            ("6742c028da01e0089f961000000300100000030328f1832a", 1920, 1080, 40),
            ("6742c00dda05421e22221000000300100000030328f142aa", 322, 242, 13),
        ],
    )
    def test_sizes_of_baseline_streams(self, sps: str, width: int, height: int, level: int) -> None:
        assert read_sps(bytes.fromhex(sps)) == PictureSize(width, height, 66, 0xC0, level)

    def test_every_cut_is_refused_or_read(self) -> None:
        whole = 0
        for length in range(len(SPS)):
            try:
                read_sps(SPS[:length])
                whole += 1
            except MalformedPacket:
                pass
        assert whole < len(SPS) - 8  # what is read ends before the VUI

    @pytest.mark.parametrize("sps", [b"", PPS, b"\x67" + bytes(600), b"\x67\x42" + b"\x08" * 40, b"\x67" + bytes(40)])
    def test_refuses(self, sps: bytes) -> None:
        with pytest.raises(MalformedPacket):
            read_sps(sps)
