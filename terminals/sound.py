"""Opus for one terminal: 20 ms packets with in-band FEC, never silent packets left out."""

from typing import Any

import av

from dispatch_server.kit.errors import LocalFault

RATE, FRAME_SAMPLES = 48_000, 960  # 20 ms
LONGEST_GAP = RATE // 10


class SoundEncoder:
    """Takes sound of any form and rate, gives (ticks, packet) pairs; ticks count samples at 48 kHz."""

    def __init__(self, bps: int) -> None:
        encoder: Any = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "s16"
        encoder.bit_rate = bps
        # A silent packet is small; its absence looks like loss to every receiver (so no DTX).
        encoder.options = {
            "application": "voip",
            "frame_duration": "20",
            "vbr": "on",
            "fec": "1",
            "packet_loss": "10",
            "dtx": "0",
        }
        try:
            encoder.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise LocalFault("no_sound_encoder", f"Opus cannot be encoded here: {error}") from None
        self._encoder = encoder
        self._resampler = self._new_resampler()
        self._next: int | None = None

    @staticmethod
    def _new_resampler() -> Any:
        return av.AudioResampler(format="s16", layout="stereo", rate=RATE, frame_size=FRAME_SAMPLES)

    def encode(self, frame: Any, ticks: int) -> list[tuple[int, bytes]]:
        """`ticks`: when the first sample of this frame was taken. A gap of more than 100 ms moves the count on."""
        if self._next is None or abs(ticks - self._next) > LONGEST_GAP:
            self._next = max(ticks, self._next or ticks)
        frame.pts = None
        found = []
        for whole in self._resampler.resample(frame):
            if whole.samples != FRAME_SAMPLES:
                continue
            whole.pts = None
            for packet in self._encoder.encode(whole):
                found.append((self._next, bytes(packet)))
                self._next += FRAME_SAMPLES
        return found
