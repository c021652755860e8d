"""Makes short real H.264 and Opus streams with PyAV, as the frames that the engine would hand over."""

from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.sink import Frame

START_US = 1_764_000_000_000_000


def _nal_units(annex_b: bytes) -> list[bytes]:
    parts = annex_b.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")
    return [part for part in parts if part]


@lru_cache(maxsize=8)
def video_units(
    seconds: float = 4, gop: int = 50, size: tuple[int, int] = (320, 180), fps: int = 25, profile: str = "baseline"
) -> tuple[tuple[bytes, bool, tuple[bytes, bytes] | None], ...]:
    """(length-prefixed access unit, key, parameter sets) of a moving picture."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps)
    encoder.gop_size = gop
    encoder.options = {
        "preset": "ultrafast", "tune": "zerolatency", "profile": profile,
        "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:annexb=1:repeat-headers=1",
    }  # fmt: skip
    packets = []
    for number in range(int(seconds * fps)):
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        picture[:, :, 1] = np.linspace(0, 255, size[0], dtype=np.uint8)[None, :]
        left = number * 4 % (size[0] - 40)
        picture[20:60, left : left + 40] = (255, 40, 40)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    units = []
    for packet in packets:
        nals = _nal_units(bytes(packet))
        sps = next((nal for nal in nals if nal[0] & 31 == 7), None)
        pps = next((nal for nal in nals if nal[0] & 31 == 8), None)
        slices = [nal for nal in nals if nal[0] & 31 in (1, 5)]
        data = b"".join(len(nal).to_bytes(4, "big") + nal for nal in slices)
        units.append((data, packet.is_keyframe, (sps, pps) if sps and pps else None))
    return tuple(units)


@lru_cache(maxsize=4)
def sound_packets(seconds: float = 4, channels: int = 2) -> tuple[bytes, ...]:
    """Opus packets of 20 ms of a 440 Hz tone."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout = 48_000, "stereo" if channels == 2 else "mono"
    encoder.format, encoder.bit_rate = "s16", 32_000
    encoder.time_base = Fraction(1, 48_000)
    packets = []
    for number in range(int(seconds * 50)):
        phase = (np.arange(960) + number * 960) * 2 * np.pi * 440 / 48_000
        tone = (np.sin(phase) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, channels)[None, :], format="s16", layout=encoder.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        packets += encoder.encode(frame)
    return tuple(bytes(packet) for packet in packets)


def frames(
    seconds: float = 4,
    gop: int = 50,
    sound: bool = True,
    start_us: int = START_US,
    size: tuple[int, int] = (320, 180),
    ticks: tuple[int, int] = (1_000_000, 7_000_000),
    fps: int = 25,
    layer: Layer = Layer.MAIN,
    profile: str = "baseline",
) -> list[Frame]:
    """The clip in order of capture, picture and sound interleaved as they would arrive."""
    made = [
        Frame(Kind.VIDEO, layer, ticks[0] + n * 90_000 // fps, start_us + n * 1_000_000 // fps, data, key, sets, False)
        for n, (data, key, sets) in enumerate(video_units(seconds, gop, size, fps, profile))
    ]  # fmt: skip
    if sound:
        made += [
            Frame(Kind.AUDIO, Layer.SOUND, ticks[1] + n * 960, start_us + n * 20_000, data, True, None, False)
            for n, data in enumerate(sound_packets(seconds))
        ]
    return sorted(made, key=lambda frame: (frame.utc_us, frame.kind is Kind.AUDIO))
