"""The fragment writer, read back box by box."""

import struct

import pytest

from dispatch_server.media.recording.boxes import read_fragment, read_init
from dispatch_server.media.recording.fmp4 import SOUND_ID, VIDEO_ID, Run, box, fragment, init_segment
from tests.unit.media.recording.made import LARGE_SPS, PPS, SMALL_SPS, START_US


def test_the_initialisation_part_names_both_tracks() -> None:
    video, sound = read_init(init_segment((SMALL_SPS, PPS), True, START_US))
    assert (video.id, video.handler, video.rate, video.codec) == (VIDEO_ID, "vide", 90_000, "avc1")
    assert (sound.id, sound.handler, sound.rate, sound.codec) == (SOUND_ID, "soun", 48_000, "Opus")


def test_either_track_may_be_absent() -> None:
    assert [track.id for track in read_init(init_segment(None, True, START_US))] == [SOUND_ID]
    assert [track.id for track in read_init(init_segment((SMALL_SPS, PPS), False, START_US))] == [VIDEO_ID]


def test_the_decoder_configuration_is_the_parameter_sets() -> None:
    init = init_segment((LARGE_SPS, PPS), True, START_US)
    record = init[init.index(b"avcC") + 4 :]
    assert record[:6] == bytes((1, LARGE_SPS[1], LARGE_SPS[2], LARGE_SPS[3], 0xFF, 0xE1))
    assert record[6 : 8 + len(LARGE_SPS)] == len(LARGE_SPS).to_bytes(2, "big") + LARGE_SPS
    at = init.rindex(b"avc1") + 4 + 24
    assert struct.unpack_from(">HH", init, at) == (640, 360)


def test_a_high_profile_says_its_sample_format() -> None:
    high = bytes((0x67, 100)) + bytes.fromhex("000cacd94141fb0110000003001000000303c0f1429960")
    init = init_segment((high, PPS), False, START_US)
    record = box(b"x", init[init.index(b"avcC") + 4 :])
    assert b"\xfd\xf8\xf8\0" in record


def test_a_fragment_holds_every_sample_once() -> None:
    video = Run(90_000, [b"k" * 500, b"p" * 30, b""], [3600, 3600, 3601])
    sound = Run(48_000, [b"a" * 7, b"\xf8"], [960, 960])
    data = fragment(7, video, sound, START_US)
    shape = read_fragment(data)
    assert shape.number == 7 and shape.media_bytes == 538
    of_video, of_sound = shape.runs
    assert (of_video.track, of_video.base, of_video.samples, of_video.duration) == (VIDEO_ID, 90_000, 3, 10_801)
    assert (of_sound.track, of_sound.base, of_sound.samples, of_sound.bytes) == (SOUND_ID, 48_000, 2, 8)
    assert data.endswith(b"k" * 500 + b"p" * 30 + b"a" * 7 + b"\xf8")


def test_one_track_alone_makes_a_fragment() -> None:
    assert [run.track for run in read_fragment(fragment(1, None, Run(0, [b"a"], [960]), None)).runs] == [SOUND_ID]
    assert [run.track for run in read_fragment(fragment(1, Run(0, [b"v"], [1]), None, None)).runs] == [VIDEO_ID]


@pytest.mark.parametrize("key", [True, False])
def test_only_a_key_frame_is_a_sync_sample(key: bool) -> None:
    data = fragment(1, Run(0, [b"v"], [1], None, key), None, None)
    run = data[data.index(b"trun") + 4 :]
    flags, _, _, first = struct.unpack_from(">IIiI", run)
    assert bool(flags & 0x4) == key
    assert (first == 0x02000000) == key


def test_reordered_pictures_carry_their_offsets() -> None:
    data = fragment(1, Run(0, [b"a", b"b"], [10, 10], [0, -5]), None, None)
    run = data[data.index(b"trun") + 4 :]
    assert struct.unpack_from(">i", run, 16 + 8) == (0,) and struct.unpack_from(">i", run, 16 + 20) == (-5,)
    assert run[0] == 1  # version 1: offsets are signed


def test_prft_says_when_the_first_picture_was_taken() -> None:
    data = fragment(1, Run(123, [b"v"], [1]), None, START_US + 250_000)
    flags, track, ntp, media = struct.unpack_from(">IIQQ", data, data.index(b"prft") + 4)
    assert (flags, track, media) == (1 << 24 | 24, VIDEO_ID, 123)
    seconds = (ntp >> 32) - 2_208_988_800 + (ntp & 0xFFFFFFFF) / 2**32
    assert seconds == pytest.approx((START_US + 250_000) / 1e6, abs=1e-6)
