"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): written and read."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.kit.errors import MalformedPacket

TICKS_PER_S = 4000  # a delta is 250 µs
TICKS_PER_REFERENCE = 256  # reference time is in 64 ms
MOST_NOTED = 2000  # packets between two feedbacks; a publisher may send 1,500 a second
MOST_REPORTED = 400  # received packets in one feedback: it stays below 1,200 bytes
LONGEST_HOLE = 2000  # a larger step in the numbers is a sender that began anew, not loss
RECENT_KEPT = 256  # reported arrivals, told again when an older packet comes late
MOST_STATUSES = 5000  # in a feedback that we read

_HEAD = struct.Struct("!BBHIIHHI")
_LOST, _SMALL, _LARGE = 0, 1, 2
_LONGEST_RUN = 8191


class ArrivalLog:
    """When the packets of one sender arrived, by the transport-wide sequence that all its streams share."""

    __slots__ = ("_count", "_highest", "_new", "_next", "_recent", "dropped")

    def __init__(self) -> None:
        self.dropped = 0  # not noted, or too late to tell
        self._new: dict[int, float] = {}  # 16 bits → arrival
        self._recent: dict[int, int] = {}  # extended → arrival in ticks, told already
        self._highest = -1  # extended
        self._next = -1  # extended sequence that the next feedback begins with
        self._count = 0  # of feedbacks, 8 bits

    def note(self, sequence16: int, now: float) -> None:
        """One packet has arrived; the hot path."""
        new = self._new
        if len(new) < MOST_NOTED:
            new[sequence16] = now
        else:
            self.dropped += 1

    def build(self, now: float, sender_ssrc: int, media_ssrc: int) -> bytes | None:
        """The RTCP packet for all that arrived since the last one, or None."""
        if not self._new:
            return None
        arrivals = self._take_new()
        if not arrivals:
            return None
        base, ticks, statuses = self._lay_out(arrivals)
        reference = ticks[0] // TICKS_PER_REFERENCE
        deltas = bytearray()
        position, previous = 0, reference * TICKS_PER_REFERENCE
        for status in statuses:
            if status:
                delta = ticks[position] - previous
                previous = ticks[position]
                position += 1
                if status == _SMALL:
                    deltas.append(delta)
                else:
                    deltas += delta.to_bytes(2, "big", signed=True)
        body = pack_statuses(statuses) + deltas
        body += b"\0" * (-len(body) % 4)
        head = _HEAD.pack(
            0x80 | 15,
            205,
            4 + len(body) // 4,
            sender_ssrc,
            media_ssrc,
            base & 0xFFFF,
            len(statuses),
            (reference & 0xFFFFFF) << 8 | self._count,
        )
        self._count = self._count + 1 & 0xFF
        return head + body

    def _take_new(self) -> dict[int, int]:
        """Extended sequence → arrival in ticks of the packets to report, in order of their sequence."""
        new, self._new = self._new, {}
        highest = self._highest
        if highest < 0:
            highest = self._next = next(iter(new))
        arrivals: dict[int, int] = {}
        for sequence16, now in new.items():
            step = (sequence16 - highest) & 0xFFFF
            sequence = highest + (step if step < 0x8000 else step - 0x10000)
            if sequence > highest:
                highest = sequence
            arrivals[sequence] = int(now * TICKS_PER_S)
        self._highest = highest
        ordered = sorted(arrivals)
        oldest = self._next - RECENT_KEPT
        if ordered[0] < self._next:
            ordered = [sequence for sequence in ordered if sequence >= oldest]
            self.dropped += len(arrivals) - len(ordered)
            if ordered and ordered[0] < self._next:
                arrivals = {**{key: at for key, at in self._recent.items() if key >= ordered[0]}, **arrivals}
                ordered = sorted(key for key in arrivals if key >= ordered[0])
        return {sequence: arrivals[sequence] for sequence in ordered}

    def _lay_out(self, arrivals: dict[int, int]) -> tuple[int, list[int], list[int]]:
        """Base sequence, arrival ticks of the received packets, and the status of every packet from base on."""
        sequences = list(arrivals)
        base = min(sequences[0], self._next)
        if sequences[0] - base > LONGEST_HOLE:
            base = sequences[0]
        expected = base
        ticks: list[int] = []
        statuses: list[int] = []
        previous = arrivals[sequences[0]] // TICKS_PER_REFERENCE * TICKS_PER_REFERENCE
        for position, sequence in enumerate(sequences):
            at = arrivals[sequence]
            delta = at - previous
            hole = sequence - expected
            if position == MOST_REPORTED or hole > LONGEST_HOLE or not -0x8000 <= delta <= 0x7FFF:
                self._put_back(sequences[position:], arrivals)
                break
            if hole:
                statuses.extend([_LOST] * hole)
            statuses.append(_SMALL if 0 <= delta <= 255 else _LARGE)
            ticks.append(at)
            previous = at
            expected = sequence + 1
        self._remember(sequences[: len(ticks)], arrivals, expected)
        return base, ticks, statuses

    def _put_back(self, sequences: Sequence[int], arrivals: dict[int, int]) -> None:
        """What did not fit goes into the next feedback."""
        for sequence in sequences:
            self._new.setdefault(sequence & 0xFFFF, arrivals[sequence] / TICKS_PER_S)

    def _remember(self, sequences: Sequence[int], arrivals: dict[int, int], following: int) -> None:
        self._next = max(self._next, following)
        recent = self._recent
        for sequence in sequences:
            recent[sequence] = arrivals[sequence]
        if len(recent) > 2 * RECENT_KEPT:
            self._recent = dict(sorted(recent.items())[-RECENT_KEPT:])


def pack_statuses(statuses: Sequence[int]) -> bytes:
    """Packet status chunks (3.1.3 and 3.1.4): a run where it pays, else a vector of 14 or of 7."""
    chunks: list[int] = []
    position, end = 0, len(statuses)
    while position < end:
        status = statuses[position]
        run = 1
        while position + run < end and run < _LONGEST_RUN and statuses[position + run] == status:
            run += 1
        window = statuses[position : position + 14]
        if run >= 14 or run == end - position or (run >= 7 and _LARGE in window):
            chunks.append(status << 13 | run)
            position += run
        elif _LARGE in window:
            chunk = 0xC000
            for index, symbol in enumerate(window[:7]):
                chunk |= symbol << 12 - 2 * index
            chunks.append(chunk)
            position += 7
        else:
            chunk = 0x8000
            for index, symbol in enumerate(window):
                chunk |= symbol << 13 - index
            chunks.append(chunk)
            position += 14
    return struct.pack(f"!{len(chunks)}H", *chunks)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A feedback as its reader sees it: for each packet from `base` on its arrival in 250 µs ticks, None: lost."""

    count: int  # of feedbacks, 8 bits
    media_ssrc: int
    base: int  # 16 bits
    ticks: tuple[int | None, ...]  # on the receiver's clock, which begins anywhere


def parse(packet: bytes) -> Arrivals:
    """Read one feedback, a whole RTCP packet. Raises MalformedPacket."""
    if len(packet) < 20:
        raise MalformedPacket("transport feedback is cut")
    first, kind, words, _, media_ssrc, base, count, reference = _HEAD.unpack_from(packet)
    end = 4 + 4 * words
    if first & 0xDF != 0x8F or kind != 205 or not 20 <= end <= len(packet):
        raise MalformedPacket("not a transport feedback")
    if first & 0x20:  # padding, RFC 3550 6.4.1
        end -= packet[end - 1]
    if count > MOST_STATUSES:
        raise MalformedPacket("transport feedback on too many packets")
    statuses, position = _read_statuses(packet, end, count)
    clock = reference >> 8
    at = (clock - (1 << 24) if clock & 0x800000 else clock) * TICKS_PER_REFERENCE
    ticks: list[int | None] = []
    for status in statuses:
        if status in (_SMALL, _LARGE):
            size = status
            if position + size > end:
                raise MalformedPacket("transport feedback ends before its deltas")
            at += int.from_bytes(packet[position : position + size], "big", signed=size == 2)
            position += size
            ticks.append(at)
        else:
            ticks.append(None)  # 3 is reserved: received, without a time
    return Arrivals(reference & 0xFF, media_ssrc, base, tuple(ticks))


def _read_statuses(packet: bytes, end: int, count: int) -> tuple[list[int], int]:
    statuses: list[int] = []
    position = 20
    while len(statuses) < count:
        if position + 2 > end:
            raise MalformedPacket("transport feedback ends before its statuses")
        chunk = packet[position] << 8 | packet[position + 1]
        position += 2
        if chunk < 0x8000:
            statuses.extend([chunk >> 13] * min(chunk & 0x1FFF, count - len(statuses)))
            if chunk & 0x1FFF == 0:
                raise MalformedPacket("a run of no packets")
        elif chunk & 0x4000:
            statuses.extend([chunk >> shift & 3 for shift in range(12, -2, -2)])
        else:
            statuses.extend([chunk >> shift & 1 for shift in range(13, -1, -1)])
    return statuses[:count], position
