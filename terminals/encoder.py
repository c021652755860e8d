"""One layer's H.264 encoder: in hardware where that really works, key frames on request, rate changed on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from dispatch_server.kit.errors import LocalFault
from dispatch_server.media.packets.h264 import IDR, PPS, SPS, split_annex_b
from dispatch_server.media.track.packetize import packetize_h264

HARDWARE = ("h264_v4l2m2m", "h264_nvenc", "h264_qsv")
SOFTWARE = "libx264"
VIDEO_CLOCK = 90_000
TEST_FRAMES = 8  # hardware keeps a few before it gives the first back
PATIENCE_FRAMES = 3  # so many pictures after a request an encoder that gives no key frame is opened anew
Payloads = list[tuple[bytes, bool]]


class NoEncoder(LocalFault):
    def __init__(self, name: str) -> None:
        super().__init__("no_encoder", f"the encoder {name} does not work here")


@dataclass(frozen=True, slots=True)
class Shape:
    """What an encoder is asked for."""

    width: int
    height: int
    fps: int
    bps: int
    key_frame_s: float = 2.0
    preset: str = "superfast"


@dataclass(frozen=True, slots=True)
class AccessUnit:
    nals: list[bytes]
    payloads: Payloads
    ticks: int
    is_key: bool


def options_of(name: str, shape: Shape) -> dict[str, str]:
    """What each encoder calls: no delay, no B frames, a key frame when asked, half a second of rate control."""
    common = {"g": str(round(shape.fps * shape.key_frame_s)), "bf": "0", "maxrate": str(shape.bps)}
    common["bufsize"] = str(shape.bps // 2)
    match name:
        case "libx264":
            own = {"preset": shape.preset, "tune": "zerolatency", "profile": "baseline", "forced-idr": "1"}
            # Slices in threads cost quality and packets; one thread keeps up with 720p25.
            return common | own | {"x264-params": "scenecut=0:sliced-threads=0", "threads": "1"}
        case "h264_nvenc":
            return common | {"preset": "p3", "tune": "ull", "profile": "baseline", "forced-idr": "1", "rc": "cbr"}
        case "h264_qsv":
            return common | {"preset": "veryfast", "profile": "baseline", "forced_idr": "1", "async_depth": "1"}
        case _:
            return common


def open_encoder(name: str, shape: Shape) -> Any:
    """Raises OSError or ValueError (of PyAV) when it cannot be."""
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height = shape.width, shape.height
    encoder.pix_fmt = "nv12" if name == "h264_qsv" else "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, VIDEO_CLOCK), Fraction(shape.fps)
    encoder.bit_rate = shape.bps
    encoder.options = options_of(name, shape)
    encoder.open()
    return encoder


def works(name: str, shape: Shape) -> bool:
    """Whether it opens and gives something back for a grey picture: drivers that are there and broken are common."""
    grey = np.full((shape.height * 3 // 2, shape.width), 128, np.uint8)
    try:
        encoder = open_encoder(name, shape)
        for number in range(TEST_FRAMES):
            if encoder.encode(_frame_of(grey, number * VIDEO_CLOCK // shape.fps, encoder.pix_fmt)):
                return True
        return bool(encoder.encode(None))
    except (av.error.FFmpegError, OSError, ValueError):
        return False


def choose_encoder(prefer: str, shape: Shape) -> str:
    """The name of one that works. Raises NoEncoder."""
    wanted = (*HARDWARE, SOFTWARE) if prefer == "auto" else (prefer,)
    for name in wanted:
        if works(name, shape):
            return name
    raise NoEncoder(prefer)


class LayerEncoder:
    """Takes I420 pictures, gives access units as RTP payloads. One thread encodes; any may call `ask_key`."""

    def __init__(self, name: str, shape: Shape) -> None:
        self.name = name
        self.shape = shape
        self.reopened = 0
        self._encoder = open_encoder(name, shape)
        self._key_wanted = False
        self._waited: int | None = None  # pictures since a key frame was asked for
        self._last_key: int | None = None
        self._sets: dict[int, bytes] = {}

    def ask_key(self) -> None:
        """The next picture is to be a key frame."""
        self._key_wanted = True

    def set_rate(self, bps: int, fps: int) -> None:
        """libx264 takes another rate at the next picture (FFmpeg's wrapper reconfigures it); others begin anew."""
        if (bps, fps) == (self.shape.bps, self.shape.fps):
            return
        self.shape = replace(self.shape, bps=bps, fps=fps)
        if self.name == SOFTWARE:
            # x264 spreads the rate over the frame rate that it was opened with.
            opened = float(self._encoder.framerate)
            self._encoder.bit_rate = round(bps * opened / fps)
        else:
            self._reopen()

    def encode(self, picture: NDArray[np.uint8], ticks: int) -> list[AccessUnit]:
        """Raises OSError (of PyAV) when the encoder broke."""
        frame = _frame_of(picture, ticks, self._encoder.pix_fmt)
        # By the clock, not by counting: a camera in the dark gives fewer pictures.
        due = self._last_key is not None and ticks - self._last_key >= self.shape.key_frame_s * VIDEO_CLOCK
        if self._key_wanted or due:
            self._key_wanted = False
            self._waited = 0
            frame.pict_type = PictureType.I
        units = [self._unit_of(packet) for packet in self._encoder.encode(frame)]
        self._last_key = next((unit.ticks for unit in units if unit.is_key), self._last_key)
        if self._waited is not None:
            self._waited += 1
            if any(unit.is_key for unit in units):
                self._waited = None
            elif self._waited > PATIENCE_FRAMES:
                self._reopen()
        return units

    def _unit_of(self, packet: Any) -> AccessUnit:
        nals = with_parameter_sets(split_annex_b(bytes(packet)), self._sets)
        is_key = any(nal[0] & 0x1F == IDR for nal in nals)
        return AccessUnit(nals, packetize_h264(nals), packet.pts or 0, is_key)

    def _reopen(self) -> None:
        """The first picture of a new one is a key frame."""
        self._encoder = open_encoder(self.name, self.shape)
        self._waited = None
        self.reopened += 1


def with_parameter_sets(nals: Sequence[bytes], known: dict[int, bytes]) -> list[bytes]:
    """Every key frame with its SPS and PPS: some hardware gives them once, and a viewer may come later."""
    kinds = {nal[0] & 0x1F: nal for nal in nals}
    for kind in (SPS, PPS):
        if kind in kinds:
            known[kind] = kinds[kind]
    if IDR not in kinds:
        return list(nals)
    missing = [known[kind] for kind in (SPS, PPS) if kind not in kinds and kind in known]
    return [*missing, *nals]


def _frame_of(picture: NDArray[np.uint8], ticks: int, pixel_format: str) -> Any:
    frame: Any = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    if pixel_format != "yuv420p":
        frame = frame.reformat(format=pixel_format)
    frame.pts = ticks
    return frame
