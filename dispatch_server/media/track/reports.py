"""Reception and sending statistics of one stream (RFC 3550 6.4, A.3, A.8), and the round trip that they tell."""

from dispatch_server.media.packets.rtcp import ReceiverBlock, ntp_of, write_sender_report

DROPOUT = 3000  # a larger step is a source that began anew, not loss
REPORTS_KEPT = 16
LONGEST_ROUND_TRIP_S = 10.0
_NO_SEQUENCE = -(1 << 62)


class ReceptionStatistics:
    """What a receiver report says of one source. Packets that came as RTX are not noted: the loss stays visible."""

    __slots__ = (
        "_base",
        "_clock_rate",
        "_expected_before",
        "_jitter",
        "_received_before",
        "_report_compact",
        "_report_now",
        "_timestamp",
        "_timestamp_now",
        "fraction_lost",
        "highest",
        "received",
    )

    def __init__(self, clock_rate: int) -> None:
        self.highest = _NO_SEQUENCE  # extended
        self.received = 0
        self.fraction_lost = 0.0  # 0 to 1, of the interval before the last report
        self._clock_rate = clock_rate
        self._base = 0
        self._jitter = 0.0  # in ticks
        self._timestamp = -1
        self._timestamp_now = 0.0
        self._expected_before = 0
        self._received_before = 0
        self._report_compact = 0
        self._report_now = 0.0

    def note(self, sequence: int, timestamp: int, now: float) -> None:
        """One packet of the source, with its extended sequence; the hot path."""
        self.received += 1
        step = sequence - self.highest
        if step > 0:
            if step > DROPOUT:
                self._base = sequence if self.received == 1 else self._base + step - 1
            self.highest = sequence
            if timestamp != self._timestamp:
                self._note_timing(timestamp, now)

    def note_batch(self, count: int, highest: int, timestamp: int, now: float) -> None:
        """Packets that came together: how many, the highest sequence now, and the first one's timing."""
        first = self.received == 0
        self.received += count
        step = highest - self.highest
        if step > 0:
            if first:
                self._base = highest - count + 1
            elif step > DROPOUT + count:
                self._base += step - count
            self.highest = highest
        if timestamp != self._timestamp:
            self._note_timing(timestamp, now)

    def _note_timing(self, timestamp: int, now: float) -> None:
        """RFC 3550 A.8, once a frame: the packets of one frame leave together and share a timestamp."""
        if self._timestamp >= 0:
            media = timestamp - self._timestamp
            if media > 0x7FFFFFFF:
                media -= 1 << 32
            elif media < -0x80000000:
                media += 1 << 32
            difference = abs((now - self._timestamp_now) * self._clock_rate - media)
            if difference < 10 * self._clock_rate:  # else the source has set its clock anew
                self._jitter += (difference - self._jitter) / 16
        self._timestamp = timestamp
        self._timestamp_now = now

    def on_sender_report(self, ntp: int, now: float) -> None:
        """Remember what LSR and DLSR refer to."""
        self._report_compact = ntp >> 16 & 0xFFFFFFFF
        self._report_now = now

    @property
    def expected(self) -> int:
        return self.highest - self._base + 1 if self.received else 0

    @property
    def lost(self) -> int:
        """Cumulative; may be negative when packets came twice."""
        return self.expected - self.received

    @property
    def jitter_s(self) -> float:
        return self._jitter / self._clock_rate

    def block(self, ssrc: int, now: float) -> ReceiverBlock:
        """The report block for the interval that ends now; begins the next interval (RFC 3550 A.3)."""
        expected = self.expected
        expected_interval = expected - self._expected_before
        lost_interval = expected_interval - (self.received - self._received_before)
        self._expected_before, self._received_before = expected, self.received
        self.fraction_lost = max(0.0, lost_interval / expected_interval) if expected_interval > 0 else 0.0
        delay = round((now - self._report_now) * 65536) if self._report_compact else 0
        return ReceiverBlock(
            ssrc=ssrc,
            fraction_lost=min(255, int(self.fraction_lost * 256)),
            lost=max(-0x800000, min(0x7FFFFF, self.lost)),
            highest=self.highest & 0xFFFFFFFF if self.received else 0,
            jitter=int(self._jitter),
            lsr=self._report_compact,
            dlsr=max(0, min(0xFFFFFFFF, delay)),
        )


class RoundTrip:
    """The round trip to one remote end, from the blocks that answer our sender reports (RFC 3550 6.4.1)."""

    __slots__ = ("_sent", "seconds")

    def __init__(self) -> None:
        self.seconds: float | None = None  # smoothed
        self._sent: dict[int, float] = {}  # middle 32 bits of the report's NTP time → monotonic time

    def on_report_sent(self, utc_us: int, now: float) -> None:
        """A sender report with this time goes out now."""
        if len(self._sent) >= REPORTS_KEPT:
            del self._sent[next(iter(self._sent))]
        self._sent[ntp_of(utc_us) >> 16 & 0xFFFFFFFF] = now

    def on_block(self, block: ReceiverBlock, now: float) -> float | None:
        """The round trip that this block tells, if it answers a report that we know; forged ones tell nothing."""
        sent = self._sent.get(block.lsr)
        if sent is None:
            return None
        sample = now - sent - block.dlsr / 65536
        if not 0.0 <= sample <= LONGEST_ROUND_TRIP_S:
            return None
        self.seconds = sample if self.seconds is None else self.seconds + (sample - self.seconds) / 8
        return sample


class SendStatistics:
    """One sent stream: what it has sent, and what its receiver says of it."""

    __slots__ = ("_clock_rate", "_ssrc", "fraction_lost", "jitter_s", "lost", "octets", "packets")

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self._ssrc = ssrc
        self._clock_rate = clock_rate
        self.packets = 0
        self.octets = 0
        self.fraction_lost = 0.0
        self.lost = 0
        self.jitter_s = 0.0

    def add(self, packets: int, payload_bytes: int) -> None:
        self.packets += packets
        self.octets += payload_bytes

    def report(self, utc_us: int, rtp_timestamp: int) -> bytes:
        """The sender report of this stream."""
        return write_sender_report(self._ssrc, utc_us, rtp_timestamp, self.packets, self.octets)

    def on_block(self, block: ReceiverBlock) -> None:
        """What the receiver of this stream reports; blocks of other streams are not ours."""
        if block.ssrc == self._ssrc:
            self.fraction_lost = block.fraction_lost / 256
            self.lost = block.lost
            self.jitter_s = block.jitter / self._clock_rate
