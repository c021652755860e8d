"""The thread that makes a terminal's two pictures: overlay, then both layers from the one picture."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import av
import cv2

from dispatch_server.media.abilities import Layer
from terminals import world
from terminals.capture import CaptureThread, Picture, Taken
from terminals.encoder import VIDEO_CLOCK, LayerEncoder, Payloads, Shape, choose_encoder
from terminals.ladder import Rung
from terminals.overlay import Overlay, Words
from terminals.settings import TerminalSettings

Emit = Callable[[Layer, Payloads, int, bool], None]
Keep = Callable[[Layer, Sequence[bytes], int, bool], None]  # NAL units or an Opus packet, ticks, whether it is a key
NO_PICTURE_S = 1.0  # after so long without a picture a card is sent that says why, once a second
JOIN_S = 3.0


class PictureLine:
    """Takes from the camera's thread, gives access units to `emit` in its own thread."""

    def __init__(
        self,
        settings: TerminalSettings,
        camera: CaptureThread[Picture],
        started: float,
        started_utc_us: int,
        emit: Emit,
        keep: Keep | None = None,
    ) -> None:
        """`keep`: who records it; then the main picture is made also while none of it is sent. Raises NoEncoder."""
        main, sub = settings.main, settings.sub
        shape = Shape(main.width, main.height, main.fps, main.kbps * 1000, main.key_frame_s, settings.encoder.preset)
        small = Shape(sub.width, sub.height, main.fps, sub.kbps * 1000, main.key_frame_s, settings.encoder.preset)
        self.encoder_name = choose_encoder(settings.encoder.prefer, shape)
        self.encoded = dict.fromkeys(Layer, 0)
        self.broken = 0  # encoders that failed in the middle and were opened anew
        self._encoders = {Layer.MAIN: LayerEncoder(self.encoder_name, shape)}
        if sub.enabled:
            # The small picture costs little anywhere, and hardware often has only one session to give.
            self._encoders[Layer.SUB] = LayerEncoder("libx264", small)
        self._every = dict.fromkeys(self._encoders, 1)
        self._keep, self._main_bps = keep, shape.bps
        self._kept_only = False  # the link carries no main picture: it is made for the record alone
        self._size = (main.width, main.height)
        self._small = (sub.width, sub.height)
        self._fps = main.fps
        words = settings.overlay
        self._overlay = Overlay(
            Words(settings.server.terminal, words.officer, words.department, words.utc_offset_hours)
        )
        self._written = words.enabled
        self._camera, self._started, self._started_utc_us, self._emit = camera, started, started_utc_us, emit
        self._wanted: Rung | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(JOIN_S)

    def ask_key(self, layer: Layer) -> None:
        """From any thread."""
        if layer in self._encoders:
            self._encoders[layer].ask_key()

    def use(self, rung: Rung) -> None:
        """From any thread: at the next picture the layers take these rates."""
        self._wanted = rung

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            taken = self._camera.newest.get(NO_PICTURE_S)
            if taken is None:
                now = world.monotonic()
                message = f"无画面  {self._camera.trouble}"
                taken = Taken(self._overlay.card(*self._size, message, self._utc_us(now)), now)
            elif self._written:
                self._overlay.draw(taken.content, self._utc_us(taken.at))
            self._encode(taken, number)
            number += 1

    def _utc_us(self, at: float) -> int:
        return self._started_utc_us + int((at - self._started) * 1_000_000)

    def _encode(self, taken: Taken[Picture], number: int) -> None:
        rung, self._wanted = self._wanted, None
        if rung is not None:
            self._apply(rung)
        ticks = int((taken.at - self._started) * VIDEO_CLOCK)
        for layer, encoder in self._encoders.items():
            every = self._every[layer]
            if every == 0 or number % every:
                continue
            picture: Any = taken.content
            if layer is Layer.SUB:
                picture = cv2.resize(picture, self._small, interpolation=cv2.INTER_AREA)
            try:
                units = encoder.encode(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), ticks)
            except (av.error.FFmpegError, OSError) as error:
                self._reopen(layer, str(error))
                continue
            for unit in units:
                self.encoded[layer] += 1
                if self._keep is not None:
                    self._keep(layer, unit.nals, unit.ticks, unit.is_key)
                if layer is not Layer.MAIN or not self._kept_only:
                    self._emit(layer, unit.payloads, unit.ticks, unit.is_key)

    def _apply(self, rung: Rung) -> None:
        wanted = {Layer.MAIN: (rung.main_bps, rung.main_every), Layer.SUB: (rung.sub_bps, rung.sub_every)}
        for layer, encoder in self._encoders.items():
            bps, every = wanted[layer]
            if layer is Layer.MAIN and self._keep is not None:
                if self._kept_only and bps:
                    encoder.ask_key()
                self._kept_only = bps == 0
                bps = bps or self._main_bps
            if bps == 0:
                self._every[layer] = 0
                continue
            if self._every[layer] == 0:
                encoder.ask_key()
            self._every[layer] = every
            encoder.set_rate(bps, max(1, self._fps // every))

    def _reopen(self, layer: Layer, reason: str) -> None:
        """A driver failed in the middle: go on in software."""
        self.broken += 1
        self._encoders[layer] = LayerEncoder("libx264", self._encoders[layer].shape)
        if layer is Layer.MAIN:
            self.encoder_name = f"libx264 ({reason})"
