"""The emulated link does to frames what it is told, frame by frame."""

import random
from typing import Any

import pytest

from tests.faults.network import netem_words
from tests.faults.wire import HEADERS, Badness, Wire

FRAME = bytes(HEADERS) + b"payload" * 20


def through(frames: int = 1000, gap_s: float = 0.01, **badness: Any) -> tuple[Wire, list[tuple[float, bytes]]]:
    """Send numbered frames through a wire, and note when each came out."""
    wire = Wire(random.Random(7), Badness(**badness))
    came: list[tuple[float, bytes]] = []

    def collect(until: float) -> None:
        while (moment := wire.deadline()) is not None and moment <= until:
            came.extend((moment, frame) for frame in wire.due(moment))

    for number in range(frames):
        collect(number * gap_s)
        wire.put(number.to_bytes(4, "big") + FRAME[4:], number * gap_s)
    collect(float("inf"))
    return wire, came


def numbers(came: list[tuple[float, bytes]]) -> list[int]:
    return [int.from_bytes(frame[:4], "big") for _, frame in came]


def test_a_perfect_wire_passes_all_in_order_and_at_once() -> None:
    _, came = through()
    assert numbers(came) == list(range(1000))
    assert [moment for moment, _ in came] == [number * 0.01 for number in range(1000)]


def test_loss_takes_its_share() -> None:
    wire, came = through(loss=0.2)
    assert 150 < 1000 - len(came) < 250
    assert wire.counts.lost == 1000 - len(came)


def test_bursts_lose_neighbours() -> None:
    _, came = through(10_000, to_bad=0.01, to_good=0.2, loss_in_bad=0.9)
    lost = sorted(set(range(10_000)) - set(numbers(came)))
    pairs = sum(1 for number in lost if number + 1 in lost)
    assert 200 < len(lost) < 800
    assert pairs > len(lost) / 2


def test_delay_and_jitter_keep_the_order() -> None:
    _, came = through(delay_ms=80, jitter_ms=30)
    late = [moment - number * 0.01 for (moment, _), number in zip(came, numbers(came), strict=True)]
    assert 0.075 < sum(late) / len(late) < 0.1
    assert max(late) - min(late) > 0.02
    assert numbers(came) == list(range(1000))


def test_a_slow_link_delays_then_drops() -> None:
    wire, came = through(rate_kbps=100, queue_ms=200, gap_s=0.005)
    passed_kbps = sum(len(frame) for _, frame in came) * 8 / came[-1][0] / 1000
    assert 95 < passed_kbps < 105
    assert wire.counts.overflowed == 1000 - len(came) > 0


def test_frames_are_overtaken_doubled_and_spoilt() -> None:
    assert numbers(through(reorder=0.1)[1]) != list(range(1000))
    assert 1020 < len(through(duplicate=0.05)[1]) < 1100
    spoilt = [frame for _, frame in through(corrupt=0.1)[1] if frame[HEADERS:] != FRAME[HEADERS:]]
    assert 50 < len(spoilt) < 150
    assert all(frame[4:HEADERS] == FRAME[4:HEADERS] for frame in spoilt)


def test_a_cut_link_passes_nothing() -> None:
    assert through(cut=True)[1] == []


@pytest.mark.parametrize(
    ("badness", "words"),
    [
        (Badness(), ""),
        (Badness(cut=True, loss=0.1), "loss 100%"),
        (Badness(loss=0.05, delay_ms=50), "delay 50ms 0ms loss 5.000000%"),
        (Badness(rate_kbps=1500, queue_ms=400), "rate 1500kbit limit 62"),
        (Badness(to_bad=0.01, to_good=0.2, loss_in_bad=0.9), "loss gemodel 1.000000% 20.000000% 90.000000% 0.000000%"),
    ],
)
def test_the_kernel_is_told_the_same(badness: Badness, words: str) -> None:
    assert " ".join(netem_words(badness)) == words
