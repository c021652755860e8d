"""A clip through packets, loss, repair and frames: PyAV decodes every picture as if nothing had happened."""

import random
from fractions import Fraction

import av
import numpy as np
import pytest

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import read_sps, split_annex_b, starts_key_frame, to_annex_b
from dispatch_server.media.packets.opus import duration_ticks
from dispatch_server.media.sink import Frame, MediaPacket
from dispatch_server.media.track.frames import FrameAssembler
from dispatch_server.media.track.packetize import packetize_h264
from dispatch_server.media.track.timeline import SenderClock, Timeline

FRAMES, GROUP = 60, 20


def encode(width: int, height: int, options: dict[str, str], pixel_format: str = "yuv420p") -> list[bytes]:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, pixel_format
    codec.time_base, codec.gop_size = Fraction(1, 25), GROUP
    codec.options = {"tune": "zerolatency", "x264-params": "keyint=20:min-keyint=20:scenecut=0", **options}
    chance = np.random.default_rng(7)
    noise = chance.integers(0, 255, (height, width, 3), dtype=np.uint8)
    units = []
    for number in range(FRAMES):
        picture = np.roll(noise, number * 3, axis=1)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixel_format)
        frame.pts = number
        units += [bytes(packet) for packet in codec.encode(frame)]
    return units + [bytes(packet) for packet in codec.encode(None)]


def decode(units: list[bytes]) -> list[bytes]:
    codec = av.CodecContext.create("h264", "r")
    pictures = []
    for unit in units:
        pictures += codec.decode(av.Packet(unit))
    pictures += codec.decode(None)
    return [picture.to_ndarray().tobytes() for picture in pictures]


def packets_of(units: list[bytes]) -> list[MediaPacket]:
    packets, sequence = [], 65_500
    for number, unit in enumerate(units):
        for payload, marker in packetize_h264(split_annex_b(unit)):
            key = starts_key_frame(payload)
            packets.append(MediaPacket(sequence, number * 3600, marker, payload, key, number * 0.04))
            sequence += 1
    return packets


class Kept:
    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def take_frame(self, frame: Frame) -> None:
        self.frames.append(frame)


def assemble(arrivals: list[tuple[float, MediaPacket]]) -> list[Frame]:
    line = Timeline(90_000, SenderClock())
    line.note_arrival(line.unwrap(0), 1_795_000_000_000_000)
    made, kept = FrameAssembler(Kind.VIDEO, Layer.MAIN, line), Kept()
    made.add_sink(kept)
    for now, packet in sorted(arrivals, key=lambda entry: entry[0]):
        made.take((packet,), now)
    made.tick(1e6)
    return kept.frames


def decodable(frames: list[Frame]) -> list[bytes]:
    """As a decoder outside MP4 wants them: parameter sets before each key frame."""
    return [
        b"".join(b"\0\0\0\1" + nal for nal in frame.parameter_sets or ()) + to_annex_b(frame.data) for frame in frames
    ]


@pytest.fixture(scope="module")
def clip() -> list[bytes]:
    return encode(320, 180, {"preset": "ultrafast"})


def test_in_order(clip: list[bytes]) -> None:
    frames = assemble([(packet.arrival, packet) for packet in packets_of(clip)])
    assert [frame.is_key for frame in frames] == [number % GROUP == 0 for number in range(FRAMES)]
    assert decode(decodable(frames)) == decode(clip)


def test_disorder_and_repaired_loss_leave_no_trace(clip: list[bytes]) -> None:
    chance = random.Random(5)
    arrivals = [
        (packet.arrival + (chance.uniform(0.1, 1.4) if chance.random() < 0.2 else chance.random() * 0.05), packet)
        for packet in packets_of(clip)
    ]
    first = min(arrivals, key=lambda entry: entry[1].sequence)
    arrivals[arrivals.index(first)] = (-1.0, first[1])
    frames = assemble(arrivals)
    assert not any(frame.after_gap for frame in frames)
    assert decode(decodable(frames)) == decode(clip)


def test_after_a_lost_group_the_next_one_is_perfect(clip: list[bytes]) -> None:
    packets = [packet for packet in packets_of(clip) if not GROUP <= packet.timestamp // 3600 < GROUP + 5]
    frames = assemble([(packet.arrival, packet) for packet in packets])
    assert [frame.ticks // 3600 for frame in frames if frame.after_gap] == [GROUP + 5]
    last_group = [frame for frame in frames if frame.ticks // 3600 >= 2 * GROUP]
    assert decode(decodable(last_group)) == decode(clip)[2 * GROUP :]


def test_several_slices(seeded: random.Random) -> None:
    clip = encode(320, 180, {"preset": "ultrafast", "x264-params": "keyint=20:scenecut=0:slices=4:annexb=1"})
    arrivals = [(packet.arrival + seeded.random() * 0.03, packet) for packet in packets_of(clip)]
    arrivals[0] = (-1.0, arrivals[0][1])
    assert decode(decodable(assemble(arrivals))) == decode(clip)


@pytest.mark.parametrize(
    ("width", "height", "options", "pixel_format", "profile_idc"),
    [
        (1280, 720, {"profile": "baseline"}, "yuv420p", 66),
        (854, 480, {"profile": "main"}, "yuv420p", 77),
        (1920, 1080, {"profile": "high"}, "yuv420p", 100),
        (322, 242, {"profile": "high"}, "yuv420p", 100),
        (320, 180, {"x264-params": "cqm=jvt:keyint=20"}, "yuv420p", 100),
        (322, 242, {}, "yuv422p", 122),
        (322, 242, {}, "yuv444p", 244),
        (720, 576, {"x264-params": "interlaced=1:keyint=20"}, "yuv420p", 100),
    ],
)
def test_sizes_that_x264_writes(
    width: int, height: int, options: dict[str, str], pixel_format: str, profile_idc: int
) -> None:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, pixel_format, Fraction(1, 25)
    codec.options = {"preset": "veryfast", "tune": "zerolatency", **options}
    frame = av.VideoFrame(width, height, pixel_format)
    frame.pts = 0
    unit = b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])
    (sps,) = [nal for nal in split_annex_b(unit) if nal[0] & 0x1F == 7]
    size = read_sps(sps)
    assert (size.width, size.height, size.profile_idc) == (width, height, profile_idc)


@pytest.mark.parametrize("milliseconds", ["2.5", "5", "10", "20", "40", "60", "120"])
@pytest.mark.parametrize("application", ["voip", "audio", "lowdelay"])
def test_durations_that_libopus_writes(milliseconds: str, application: str) -> None:
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = 48_000, "mono", "s16"
    codec.time_base = Fraction(1, 48_000)
    codec.options = {"frame_duration": milliseconds, "application": application, "vbr": "on"}
    codec.open()
    ticks = int(float(milliseconds) * 48)
    assert codec.frame_size == ticks
    chance = np.random.default_rng(7)
    packets = []
    for number in range(5):
        samples = chance.integers(-9000, 9000, (1, ticks), dtype=np.int16)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * ticks, Fraction(1, 48_000)
        packets += codec.encode(frame)
    assert len(packets) >= 4
    assert {duration_ticks(bytes(packet)) for packet in packets} == {ticks}
