"""The encoders of one layer, in software: what a test machine has."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dispatch_server.media.packets.h264 import IDR, PPS, SPS, Depacketizer, read_sps
from terminals.encoder import (
    VIDEO_CLOCK,
    AccessUnit,
    LayerEncoder,
    NoEncoder,
    Shape,
    choose_encoder,
    with_parameter_sets,
)

SHAPE = Shape(320, 180, 25, 400_000)


def pictures(count: int) -> list[NDArray[np.uint8]]:
    chance = np.random.default_rng(1)
    ground = chance.integers(0, 255, (270, 640), np.uint8)
    return [np.ascontiguousarray(ground[:, 3 * number : 3 * number + 320]) for number in range(count)]


def encoded(encoder: LayerEncoder, first: int, count: int) -> list[AccessUnit]:
    numbered = enumerate(pictures(count), first)
    return [unit for n, p in numbered for unit in encoder.encode(p, n * VIDEO_CLOCK // encoder.shape.fps)]


def test_every_picture_comes_back_at_once_and_key_frames_are_whole() -> None:
    units = encoded(LayerEncoder("libx264", SHAPE), 0, 60)
    assert [unit.ticks for unit in units] == [n * 3600 for n in range(60)]
    assert [n for n, unit in enumerate(units) if unit.is_key] == [0, 50]
    nals = Depacketizer().read(payload for payload, _ in units[50].payloads)
    assert {SPS, PPS, IDR} <= {nal[0] & 0x1F for nal in nals}
    size = read_sps(next(nal for nal in nals if nal[0] & 0x1F == SPS))
    assert (size.width, size.height, size.profile_idc) == (320, 180, 66)
    assert [marker for _, marker in units[50].payloads].index(True) == len(units[50].payloads) - 1


def test_a_key_frame_on_request_is_the_next_picture() -> None:
    encoder = LayerEncoder("libx264", SHAPE)
    encoded(encoder, 0, 10)
    encoder.ask_key()
    assert [unit.is_key for unit in encoded(encoder, 10, 3)] == [True, False, False]
    assert encoder.reopened == 0


def test_key_frames_keep_their_time_when_pictures_are_few() -> None:
    encoder = LayerEncoder("libx264", SHAPE)
    units = [unit for n, p in enumerate(pictures(10)) for unit in encoder.encode(p, n * VIDEO_CLOCK)]
    assert [n for n, unit in enumerate(units) if unit.is_key] == [0, 2, 4, 6, 8]


def test_another_rate_is_taken_without_a_new_encoder() -> None:
    encoder = LayerEncoder("libx264", SHAPE)

    def size(units: list[AccessUnit]) -> int:
        return sum(len(payload) for unit in units for payload, _ in unit.payloads)

    before = size(encoded(encoder, 0, 50)[25:])
    encoder.set_rate(100_000, 25)
    after = size(encoded(encoder, 50, 50)[25:])
    assert after < before / 2
    assert encoder.reopened == 0


def test_hardware_that_does_not_work_is_passed_over_and_a_wrong_name_is_told() -> None:
    assert choose_encoder("libx264", SHAPE) == "libx264"
    with pytest.raises(NoEncoder):
        choose_encoder("h264_none", SHAPE)


def test_parameter_sets_are_repeated_where_an_encoder_gives_them_once() -> None:
    known: dict[int, bytes] = {}
    sps, pps, idr, other = b"\x67s", b"\x68p", b"\x65i", b"\x41o"
    assert with_parameter_sets([sps, pps, idr], known) == [sps, pps, idr]
    assert with_parameter_sets([other], known) == [other]
    assert with_parameter_sets([idr], known) == [sps, pps, idr]
