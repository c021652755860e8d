"""Encodes a made-up scene into a clip: H.264 in two layers and Opus, once, at set-up."""

from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from dispatch_server.media.abilities import Layer
from dispatch_server.media.packets.h264 import split_annex_b
from dispatch_server.media.track.packetize import packetize_h264
from terminals.clip import Clip, Unit
from terminals.scene import Caption, Scene

FPS = 25
FRAMES = 100
KEY_EVERY = 50  # two seconds
MAIN_BPS, SUB_BPS, SOUND_BPS = 1_500_000, 250_000, 32_000
SUB_SIZE = (320, 180)
SOUND_RATE, SOUND_FRAME = 48_000, 960


def make_clip(caption: Caption, seed: int) -> Clip:
    """Four seconds that repeat without a seam. Takes about one second of one core."""
    scene = Scene(caption, FRAMES, seed)
    main, sub = _video_encoder(1280, 720, MAIN_BPS), _video_encoder(*SUB_SIZE, SUB_BPS)
    clip = Clip(FRAMES * 1000 // FPS, {Layer.MAIN: [], Layer.SUB: [], Layer.SOUND: []})
    for number in range(FRAMES):
        picture = scene.draw(number)
        _encode(main, picture, number, clip.units[Layer.MAIN])
        _encode(sub, cv2.resize(picture, SUB_SIZE, interpolation=cv2.INTER_AREA), number, clip.units[Layer.SUB])
    clip.units[Layer.SOUND] = _encode_sound(seed)
    return clip


def _video_encoder(width: int, height: int, bitrate: int) -> Any:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.bit_rate = bitrate
    encoder.options = {
        "preset": "superfast",
        "tune": "zerolatency",
        "profile": "baseline",
        "x264-params": (
            f"keyint={KEY_EVERY}:min-keyint={KEY_EVERY}:scenecut=0:sliced-threads=0:repeat-headers=1:"
            f"vbv-maxrate={bitrate // 1000}:vbv-bufsize={bitrate // 1000}:nal-hrd=none"
        ),
        "threads": "1",
    }
    return encoder


def _encode(encoder: Any, picture: Any, number: int, units: list[Unit]) -> None:
    # OpenCV converts at half the cost of swscale.
    frame = av.VideoFrame.from_ndarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), format="yuv420p")
    frame.pts = number
    for packet in encoder.encode(frame):
        payloads = packetize_h264(split_annex_b(bytes(packet)))
        units.append(Unit(number * 90_000 // FPS, bool(packet.is_keyframe), tuple(payloads)))


def _encode_sound(seed: int) -> list[Unit]:
    """A tone of 100 ms each second, in step with the flash, over a faint street."""
    encoder: Any = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SOUND_RATE, "stereo", "s16"
    encoder.bit_rate = SOUND_BPS
    encoder.options = {"application": "voip", "frame_duration": "20", "vbr": "on"}
    seconds = FRAMES // FPS
    time = np.arange(seconds * SOUND_RATE) / SOUND_RATE
    street = np.random.default_rng(seed).normal(0, 120, time.size)
    tone = np.where(time % 1.0 < 0.1, 9000 * np.sin(2 * np.pi * (700 + 20 * (seed % 20)) * time), 0)
    samples = np.repeat((street + tone).astype(np.int16)[:, None], 2, axis=1).reshape(1, -1)
    units: list[Unit] = []
    for start in range(0, samples.shape[1], SOUND_FRAME * 2):
        frame = av.AudioFrame.from_ndarray(samples[:, start : start + SOUND_FRAME * 2], format="s16", layout="stereo")
        frame.sample_rate, frame.pts = SOUND_RATE, start // 2
        for packet in encoder.encode(frame):
            units.append(Unit(len(units) * SOUND_FRAME, True, ((bytes(packet), True),)))
    return units[: FRAMES * SOUND_RATE // FPS // SOUND_FRAME]
