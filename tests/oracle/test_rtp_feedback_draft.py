"""Our transport-wide feedback, read by an independent reader that follows the draft's words bit by bit."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.packets.feedback import ArrivalLog


class Bits:
    """The packet as one string of zeros and ones."""

    def __init__(self, packet: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in packet)
        self.at = 0

    def take(self, count: int) -> int:
        piece = self.text[self.at : self.at + count]
        assert len(piece) == count, "the packet ends too early"
        self.at += count
        return int(piece, 2)


def read(packet: bytes) -> tuple[int, dict[int, int | None], int]:
    """(reference time, sequence → quarter milliseconds since the epoch of the reference or None, count)."""
    bits = Bits(packet)
    assert (bits.take(2), bits.take(1), bits.take(5), bits.take(8)) == (2, 0, 15, 205)
    assert 4 * (bits.take(16) + 1) == len(packet)
    assert (bits.take(32), bits.take(32)) == (111, 222)
    base, status_count = bits.take(16), bits.take(16)
    reference, feedback_count = bits.take(24), bits.take(8)
    symbols: list[int] = []
    while len(symbols) < status_count:
        if bits.take(1) == 0:  # 3.1.3 run length chunk
            symbol, run = bits.take(2), bits.take(13)
            symbols += [symbol] * run
        elif bits.take(1) == 0:  # 3.1.4 status vector chunk of one-bit symbols
            symbols += [bits.take(1) for _ in range(14)]
        else:
            symbols += [bits.take(2) for _ in range(7)]
    assert symbols[status_count:] == [0] * (len(symbols) - status_count), "what pads a vector is zero"
    at = reference * 256
    arrivals: dict[int, int | None] = {}
    for index, symbol in enumerate(symbols[:status_count]):
        assert symbol != 3, "reserved"
        delta = None
        if symbol == 1:
            delta = bits.take(8)
        elif symbol == 2:
            delta = bits.take(16)
            delta -= 65_536 if delta >= 32_768 else 0
            assert not 0 <= delta <= 255, "a small delta in two bytes"
        if delta is not None:
            at += delta
        arrivals[(base + index) & 0xFFFF] = None if delta is None else at
    padding = bits.text[bits.at :]
    assert len(padding) < 32
    assert set(padding) <= {"0"}
    return reference, arrivals, feedback_count


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32),
    st.floats(0.0, 0.5),
    st.floats(0.0, 0.08),
    st.floats(0.0001, 0.2),
    st.integers(0, 65_535),
    st.floats(0.0, 2_000_000.0),
)
def test_every_arrival_is_told_once_at_its_time(
    seed: int, loss: float, disorder_s: float, spacing_s: float, first: int, start: float
) -> None:
    chance = random.Random(seed)
    log = ArrivalLog()
    sent = [(first + index, start + index * spacing_s) for index in range(300)]
    arrivals = [(at + chance.random() * disorder_s, sequence) for sequence, at in sent if chance.random() >= loss]
    arrivals.sort()
    told: dict[int, int] = {}
    lost: set[int] = set()
    number = 0
    due = start + 0.1
    for at, sequence in [*arrivals, (start + 1000.0, -1), (start + 1000.2, -1), (start + 1000.4, -1)]:
        while at > due and due < start + 300 * spacing_s + 1:
            number = collect(log, due, number, told, lost)
            due += 0.1
        if sequence < 0:
            number = collect(log, at, number, told, lost)
        else:
            log.note(sequence & 0xFFFF, at)
    expected = {sequence & 0xFFFF: at for at, sequence in arrivals}
    assert told.keys() <= expected.keys()
    assert len(told) >= len(expected) - log.dropped
    assert not lost & told.keys()
    for sequence, ticks in told.items():
        error = (ticks - expected[sequence] * 4000 + 2**31) % 2**32 - 2**31
        assert abs(error) <= 1


def collect(log: ArrivalLog, now: float, number: int, told: dict[int, int], lost: set[int]) -> int:
    packet = log.build(now, 111, 222)
    if packet is None:
        return number
    assert len(packet) <= 1200
    _, arrivals, count = read(packet)
    assert count == number & 0xFF
    for sequence, ticks in arrivals.items():
        if ticks is None:
            lost.add(sequence)
        else:
            lost.discard(sequence)
            assert told.setdefault(sequence, ticks) == ticks, "told twice, with different times"
    return number + 1
