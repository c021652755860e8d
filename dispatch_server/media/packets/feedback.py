"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): written and read."""

import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

from dispatch_server.kit.errors import MalformedPacket

TICKS_PER_S = 4000  # a delta is 250 µs
TICKS_PER_REFERENCE = 256  # reference time is in 64 ms
MOST_NOTED = 2000  # packets between two feedbacks; a publisher may send 1,500 a second
MOST_REPORTED = 400  # received packets in one feedback: it stays below 1,200 bytes
LONGEST_HOLE = 2000  # a larger step in the numbers is a sender that began anew, not loss
FEEDBACKS_KEPT = 5  # a packet that comes later than these is not told of any more
MOST_STATUSES = 5000  # in a feedback that we read

_HEAD = struct.Struct("!BBHIIHHI")
_LOST, _SMALL, _LARGE = 0, 1, 2
_LONGEST_RUN = 8191

Body = tuple[int, int, int, bytes]  # base sequence, number of statuses, reference time, chunks and deltas


class ArrivalLog:
    """When the packets of one sender arrived, by the transport-wide sequence that all its streams share."""

    __slots__ = ("_count", "_highest", "_new", "_next", "_told", "dropped")

    def __init__(self) -> None:
        self.dropped = 0  # not noted, or too late to tell
        self._new: dict[int, float] = {}  # 16 bits → arrival, in order of arrival
        self._told: deque[tuple[Sequence[int], list[int]]] = deque(maxlen=FEEDBACKS_KEPT)
        self._highest = -1  # extended
        self._next = -1  # extended sequence that the next feedback begins with
        self._count = 0  # of feedbacks, 8 bits

    def note(self, sequence16: int, now: float) -> None:
        """One packet has arrived."""
        new = self._new
        if len(new) < MOST_NOTED:
            new[sequence16] = now
        else:
            self.dropped += 1

    def note_all(self, packets: Sequence[bytes], mark: int, now: float) -> list[bytes]:
        """
        Packets have come together; the hot path. `mark` is the first byte of the extension element that carries the
        number. Returns the packets in which it does not stand first: their numbers are to be found and noted singly.
        """
        new = self._new
        if len(new) + len(packets) > MOST_NOTED:
            self.dropped += len(packets)
            return []
        others: list[bytes] = []
        for packet in packets:
            if len(packet) > 20 and packet[16] == mark and packet[0] & 0x1F == 0x10:
                new[packet[17] << 8 | packet[18]] = now
            else:
                others.append(packet)
        return others

    def build(self, now: float, sender_ssrc: int, media_ssrc: int) -> bytes | None:
        """The RTCP packet for what arrived since the last one, or None."""
        new = self._new
        if not new:
            return None
        self._new = {}
        numbers = list(new)
        first = numbers[0]
        last = first + len(numbers) - 1
        body = None
        if last < 0x10000 and len(numbers) <= MOST_REPORTED and numbers == list(range(first, last + 1)):
            body = self._in_order(first, last, [int(at * TICKS_PER_S + 0.5) for at in new.values()])
        if body is None:
            body = self._in_general(new)
        if body is None:
            return None
        base, count, reference, chunks = body
        chunks += b"\0" * (-len(chunks) % 4)
        head = _HEAD.pack(
            0x80 | 15,
            205,
            4 + len(chunks) // 4,
            sender_ssrc,
            media_ssrc,
            base & 0xFFFF,
            count,
            (reference & 0xFFFFFF) << 8 | self._count,
        )
        self._count = self._count + 1 & 0xFF
        return head + chunks

    def _in_order(self, first: int, last: int, ticks: list[int]) -> Body | None:
        """The usual case, at a quarter of the cost: all came, in order, close to each other, after the last report."""
        following = self._next
        if following < 0:
            following = first
        elif following & 0xFFFF != first:
            return None
        reference = ticks[0] // TICKS_PER_REFERENCE
        deltas = [ticks[0] - reference * TICKS_PER_REFERENCE, *map(sub, ticks[1:], ticks)]
        if max(deltas) > 255 or min(deltas) < 0:
            return None
        count = last - first + 1
        self._told.append((range(following, following + count), ticks))
        self._highest = following + count - 1
        self._next = following + count
        return following, count, reference, (_SMALL << 13 | count).to_bytes(2, "big") + bytes(deltas)

    def _in_general(self, new: dict[int, float]) -> Body | None:
        arrivals = self._extended(new)
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
        return base, len(statuses), reference, pack_statuses(statuses) + bytes(deltas)

    def _extended(self, new: dict[int, float]) -> dict[int, int]:
        """Extended sequence → arrival in ticks of the packets to report, in order of their sequence."""
        highest = self._highest
        if highest < 0:
            highest = self._next = next(iter(new))
        arrivals: dict[int, int] = {}
        for sequence16, now in new.items():
            step = (sequence16 - highest) & 0xFFFF
            sequence = highest + (step if step < 0x8000 else step - 0x10000)
            if sequence > highest:
                highest = sequence
            arrivals[sequence] = int(now * TICKS_PER_S + 0.5)
        self._highest = highest
        ordered = sorted(arrivals)
        if ordered[0] < self._next:
            oldest = self._told[0][0][0] if self._told else self._next
            ordered = [sequence for sequence in ordered if sequence >= oldest]
            self.dropped += len(arrivals) - len(ordered)
            if ordered and ordered[0] < self._next:
                # Late ones: tell again what came after them, so that nothing told once turns into loss.
                told = {key: at for block in self._told for key, at in zip(*block, strict=True)}
                arrivals = {**told, **arrivals}
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
                for later in sequences[position:]:  # into the next feedback
                    self._new[later & 0xFFFF] = arrivals[later] / TICKS_PER_S
                break
            if hole:
                statuses.extend([_LOST] * hole)
            statuses.append(_SMALL if 0 <= delta <= 255 else _LARGE)
            ticks.append(at)
            previous = at
            expected = sequence + 1
        self._told.append((sequences[: len(ticks)], ticks))
        self._next = max(self._next, expected)
        return base, ticks, statuses


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
