"""Opus packets of 20 ms, whatever the microphone gives."""

from typing import Any

import av
import numpy as np

from dispatch_server.media.packets import opus
from terminals.sound import FRAME_SAMPLES, SoundEncoder


def frame(samples: int, rate: int) -> Any:
    made = av.AudioFrame.from_ndarray(np.zeros((1, samples), np.int16), format="s16", layout="mono")
    made.sample_rate = rate
    return made


def test_frames_of_any_size_become_packets_of_twenty_milliseconds() -> None:
    encoder = SoundEncoder(32_000)
    packets = [p for n in range(50) for p in encoder.encode(frame(1024, 44_100), n * 1024 * 48_000 // 44_100)]
    ticks = [at for at, _ in packets]
    assert ticks == [FRAME_SAMPLES * n for n in range(len(ticks))]
    assert 0 <= 50 * 1024 / 44_100 / 0.02 - len(packets) < 4


def test_silence_is_sent_too() -> None:
    encoder = SoundEncoder(32_000)
    packets = [p for n in range(100) for p in encoder.encode(frame(960, 48_000), n * 960)]
    assert len(packets) >= 98
    assert {opus.duration_ticks(packet) for _, packet in packets} == {FRAME_SAMPLES}
    assert not any(opus.is_dtx(packet) for _, packet in packets)


def test_a_gap_moves_the_clock_on_and_never_back() -> None:
    encoder = SoundEncoder(32_000)
    before = [at for n in range(5) for at, _ in encoder.encode(frame(960, 48_000), n * 960)]
    after = [at for n in range(5) for at, _ in encoder.encode(frame(960, 48_000), 96_000 + n * 960)]
    late = [at for n in range(5) for at, _ in encoder.encode(frame(960, 48_000), n * 960)]
    assert after[0] == 96_000
    assert [*before, *after, *late] == sorted({*before, *after, *late})
