"""The thread that makes a terminal's sound: what the microphone gave, as Opus packets."""

import threading
from typing import Any

from dispatch_server.media.abilities import Layer
from terminals.capture import CaptureThread
from terminals.picture_line import Emit, Keep
from terminals.sound import RATE, SoundEncoder

LOOK_S = 0.5
JOIN_S = 3.0


class SoundLine:
    """Takes from the microphone's thread, gives Opus packets to `emit` in its own thread."""

    def __init__(
        self, microphone: CaptureThread[Any], bps: int, started: float, emit: Emit, keep: Keep | None = None
    ) -> None:
        self._keep = keep
        self.encoded = 0
        self._microphone, self._started, self._emit = microphone, started, emit
        self._encoder = SoundEncoder(bps)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            taken = self._microphone.newest.get(LOOK_S)
            if taken is None:
                continue
            for ticks, packet in self._encoder.encode(taken.content, int((taken.at - self._started) * RATE)):
                self.encoded += 1
                if self._keep is not None:
                    self._keep(Layer.SOUND, (packet,), ticks, True)
                self._emit(Layer.SOUND, [(packet, True)], ticks, True)
