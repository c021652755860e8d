"""Pictures and sound from devices, files or nothing at all; a device that is lost is told of and opened again."""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, TypeVar

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from terminals import world
from terminals.newest import Newest
from terminals.scene import Caption, Scene
from terminals.settings import CameraKind, MicrophoneKind, TerminalSettings

Picture = NDArray[np.uint8]
T = TypeVar("T")
SCENE_FRAMES = 200
SOUND_RATE, SOUND_SAMPLES = 48_000, 960
DEVICE_TIMEOUT_S = 5.0
# PyAV's own libasound looks for its configuration in a folder of the machine that built it.
ALSA_VARIABLE, ALSA_CONFIGURATION = "ALSA_CONFIG_PATH", "/usr/share/alsa/alsa.conf"
Stopped = threading.Event


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What a device gave, and when, on the terminal's monotonic clock."""

    content: T
    at: float


class DeviceLost(Exception):
    """Why a device gives nothing any more, in words."""


def cameras(settings: TerminalSettings, stop: Stopped) -> Iterator[Taken[Picture]]:
    """BGR pictures of the main size until `stop`. Raises DeviceLost, or OSError of PyAV."""
    match settings.camera.kind:
        case CameraKind.SCENE:
            yield from _scene(settings, stop)
        case CameraKind.FILE:
            yield from _file_pictures(settings, stop)
        case CameraKind.V4L2:
            yield from _camera_pictures(settings, stop)


def microphones(settings: TerminalSettings, stop: Stopped) -> Iterator[Taken[Any]]:
    """PyAV audio frames until `stop`."""
    match settings.microphone.kind:
        case MicrophoneKind.ALSA:
            if ALSA_VARIABLE not in os.environ and Path(ALSA_CONFIGURATION).exists():
                os.environ[ALSA_VARIABLE] = ALSA_CONFIGURATION
            with av.open(settings.microphone.device, format="alsa", timeout=DEVICE_TIMEOUT_S) as container:
                for frame in container.decode(audio=0):
                    if stop.is_set():
                        return
                    yield Taken(frame, world.monotonic() - frame.samples / frame.sample_rate)
            raise DeviceLost("the sound card gives nothing any more")
        case MicrophoneKind.FILE:
            yield from _paced(lambda: _decoded(settings.microphone.device, "audio"), stop)
        case MicrophoneKind.TONE:
            yield from _tone(stop)
        case MicrophoneKind.NONE:
            stop.wait()


def _camera_pictures(settings: TerminalSettings, stop: Stopped) -> Iterator[Taken[Picture]]:
    main = settings.main
    options = {"video_size": f"{main.width}x{main.height}", "framerate": str(main.fps)}
    if settings.camera.input_format:
        options["input_format"] = settings.camera.input_format
    with av.open(settings.camera.device, format="v4l2", options=options, timeout=DEVICE_TIMEOUT_S) as container:
        for frame in container.decode(video=0):
            if stop.is_set():
                return
            yield Taken(fitted(_bgr(frame), main.width, main.height), world.monotonic())
    raise DeviceLost("the camera gives no pictures any more")


def _file_pictures(settings: TerminalSettings, stop: Stopped) -> Iterator[Taken[Picture]]:
    main = settings.main
    for taken in _paced(lambda: _decoded(settings.camera.device, "video"), stop):
        yield Taken(fitted(_bgr(taken.content), main.width, main.height), taken.at)


def _bgr(frame: Any) -> Picture:
    picture: Picture = frame.to_ndarray(format="bgr24")
    return picture


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """The whole picture within the given size, with black bars where the shapes differ; a copy to draw on."""
    if picture.shape[:2] == (height, width):
        return picture
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner = (min(width, round(picture.shape[1] * scale)), min(height, round(picture.shape[0] * scale)))
    whole: Picture = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    whole[top : top + inner[1], left : left + inner[0]] = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA)
    return whole


def _decoded(path: str, kind: str) -> Iterator[tuple[float, Any]]:
    """(seconds from the first one, frame) of a file; PyAV 18 gives Fractions, 19 its own rationals."""
    with av.open(path) as container:
        first: float | None = None
        frames: Iterator[Any] = container.decode(**{kind: 0})
        for frame in frames:
            if frame.pts is None or not frame.time_base:
                continue
            base = Fraction(frame.time_base.numerator, frame.time_base.denominator)
            second = float(frame.pts * base)
            first = second if first is None else first
            yield second - first, frame


def _paced(begin: Callable[[], Iterator[tuple[float, Any]]], stop: Stopped) -> Iterator[Taken[Any]]:
    """A file at the speed of its own clock, again and again."""
    start = world.monotonic()
    while True:
        last = step = 0.0
        count = 0
        for second, frame in begin():
            count, step, last = count + 1, max(0.0, second - last), second
            if stop.wait(max(0.0, start + second - world.monotonic())):
                return
            yield Taken(frame, start + second)
        if count == 0:
            raise DeviceLost("the file holds nothing of this kind")
        start += last + max(step, 0.001)


def _scene(settings: TerminalSettings, stop: Stopped) -> Iterator[Taken[Picture]]:
    main = settings.main
    terminal = settings.server.terminal
    scene = Scene(Caption(terminal, settings.overlay.department), SCENE_FRAMES, sum(terminal.encode()))
    start, number = world.monotonic(), 0
    while True:
        at = start + number / main.fps
        if stop.wait(max(0.0, at - world.monotonic())):
            return
        yield Taken(fitted(scene.draw(number), main.width, main.height), at)
        # Behind by more than a picture: leave some out, as a camera would.
        number = max(number + 1, int((world.monotonic() - start) * main.fps))


def _tone(stop: Stopped) -> Iterator[Taken[Any]]:
    start, number = world.monotonic(), 0
    while True:
        at = start + number * SOUND_SAMPLES / SOUND_RATE
        if stop.wait(max(0.0, at - world.monotonic())):
            return
        time = (np.arange(SOUND_SAMPLES) + number * SOUND_SAMPLES) / SOUND_RATE
        samples = np.where(time % 1.0 < 0.1, 9000 * np.sin(2 * np.pi * 800 * time), 0).astype(np.int16)
        frame: Any = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = SOUND_RATE
        yield Taken(frame, at)
        number += 1


class CaptureThread(Generic[T]):
    """Runs one device in a thread; `newest` has what it gave, `trouble` says in words why it gives nothing."""

    def __init__(
        self,
        name: str,
        device: Callable[[Stopped], Iterator[Taken[T]]],
        retry_s: float,
        limit: int,
        on_trouble: Callable[[str], None],
    ) -> None:
        self.newest: Newest[Taken[T]] = Newest(limit)
        self.trouble = ""
        self.restarts = 0
        self._device, self._retry_s, self._on_trouble = device, retry_s, on_trouble
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """A driver that does not come back is left behind: the thread is a daemon."""
        self._stop.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                for taken in self._device(self._stop):
                    self.trouble = ""
                    self.newest.put(taken)
            except (DeviceLost, OSError, ValueError, av.error.FFmpegError) as error:
                self._tell(str(error) or type(error).__name__)
            self._stop.wait(self._retry_s)
            self.restarts += 1

    def _tell(self, words: str) -> None:
        if words != self.trouble:
            self.trouble = words
            self._on_trouble(words)
