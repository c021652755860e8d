"""How fast media flows, and how fast it may: rate meter, publisher's estimate, viewer's estimate."""

from collections import deque

from aiortc.rate import RemoteBitrateEstimator

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Layer
from dispatch_server.media.packets.extensions import read_elements
from dispatch_server.media.packets.guard import guarded

WINDOW_S = 1.0
SAMPLES_KEPT = 16


class RateMeter:
    """Bytes that were added over the last second or so, as bits a second."""

    __slots__ = ("_samples", "due", "total")

    def __init__(self) -> None:
        self.total = 0  # bytes ever
        self.due = 0.0  # when the next sample is to be taken: what is added before may go straight into `total`
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES_KEPT)

    def add(self, count: int, now: float) -> None:
        """Count so many bytes."""
        if now > self.due:
            self.due = now + WINDOW_S / 8
            self._samples.append((now, self.total))
        self.total += count

    def bits_per_s(self, now: float) -> float:
        """Mean over the window that ends now; 0 when nothing came in it."""
        oldest = next(((at, total) for at, total in self._samples if at >= now - WINDOW_S), None)
        if oldest is None:
            return 0.0
        # A stream that has just begun is not measured over less than half a window.
        return 8 * (self.total - oldest[1]) / max(now - oldest[0], WINDOW_S / 2)


LOWEST_BPS = 50_000
HIGHEST_BPS = 20_000_000
# The borrowed estimator walks every millisecond of a silence; after this much it begins anew instead.
LONGEST_SILENCE_S = 2.0
BURST_SEND_TIME = 1310  # 5 ms in 6.18 fixed-point seconds
BURST_S = 0.005


class PublisherEstimate:
    """What a publisher's path carries, from abs-send-time; for publishers without transport-wide feedback."""

    def __init__(self) -> None:
        self.resets = 0
        self._estimator = RemoteBitrateEstimator()
        self._last: float | None = None
        self._bitrate: int | None = None
        self._burst: tuple[int, float, int] | None = None  # first send time, first arrival, bytes
        self._burst_end = (0, 0.0)

    def note_packet(self, packet: bytes, send_time_id: int | None, now: float) -> None:
        """One decrypted RTP packet with its header."""
        if send_time_id is None:
            return
        if len(packet) > 20 and packet[0] & 0x1F == 0x10 and packet[16] == send_time_id << 4 | 2:
            value = packet[17:20]
        else:
            value = read_elements(packet).get(send_time_id, b"")
        if len(value) == 3:
            self.note(int.from_bytes(value, "big"), len(packet), int.from_bytes(packet[8:12], "big"), now)

    def note(self, send_time: int, size: int, ssrc: int, now: float) -> None:
        """
        One packet that was sent at `send_time` (24 bits, 6.18 fixed-point seconds).

        The estimator sees bursts, not packets: it joins what was sent within 5 ms anyway, and it is dear.
        """
        if self._last is not None and not 0.0 <= now - self._last <= LONGEST_SILENCE_S:
            self._begin_anew()
        self._last = now
        burst = self._burst
        if burst is not None:
            if send_time - burst[0] & 0xFFFFFF < BURST_SEND_TIME and now - burst[1] < BURST_S:
                self._burst = (burst[0], burst[1], burst[2] + size)
                self._burst_end = (send_time, now)
                return
            self._estimate(self._burst_end[0], burst[2], ssrc, self._burst_end[1])
        self._burst = (send_time, now, size)
        self._burst_end = (send_time, now)

    def _estimate(self, send_time: int, size: int, ssrc: int, now: float) -> None:
        try:
            told = guarded(self._estimator.add, int(now * 1000), send_time, size, ssrc)
        except MalformedPacket:  # its arithmetic fails at a rate of zero
            self._begin_anew()
            return
        if told is not None:
            self._bitrate = max(LOWEST_BPS, min(HIGHEST_BPS, told[0]))

    def _begin_anew(self) -> None:
        self._estimator = RemoteBitrateEstimator()
        self._burst = None
        self.resets += 1

    def bitrate(self, now: float) -> int | None:
        """The newest estimate in bits a second; None while there is none, or it is too old to say anything."""
        if self._last is None or now - self._last > LONGEST_SILENCE_S:
            return None
        return self._bitrate


STALE_S = 5.0
LOSS_STEP_S = 0.9
FEW, MANY = 0.02, 0.10  # the bounds of the loss controller of draft-ietf-rmcat-gcc-02 6
LOSS_RISE = 1.08
DOWN_AFTER_S = 1.0
UP_AFTER_S = 5.0
LONGEST_UP_S = 60.0
DOWN_SHARE, UP_SHARE = 0.9, 1.3
QUICK_FALL_S = 10.0


class ViewerEstimate:
    """What a viewer's path carries, from its REMB and its loss, and which layer that allows."""

    __slots__ = (
        "_ample_since",
        "_limit",
        "_loss_judged",
        "_remb",
        "_rose_at",
        "_sent_bps",
        "_short_since",
        "_up_after_s",
        "_worst_loss",
        "layer",
    )

    def __init__(self) -> None:
        self.layer = Layer.MAIN
        self._remb: tuple[float, int] | None = None
        self._limit: float | None = None  # by loss
        self._sent_bps = 0.0
        self._worst_loss = 0.0
        self._loss_judged: float | None = None
        self._short_since: float | None = None
        self._ample_since: float | None = None
        self._up_after_s = UP_AFTER_S
        self._rose_at: float | None = None

    def on_remb(self, bitrate: int, now: float) -> None:
        self._remb = (now, bitrate)

    def on_loss(self, fraction: float, now: float) -> None:
        """The loss (0 to 1) of one receiver block; of several streams the worst of a second counts."""
        self._worst_loss = max(self._worst_loss, fraction)
        if self._loss_judged is None:
            self._loss_judged = now
        if now - self._loss_judged < LOSS_STEP_S:
            return
        worst, self._worst_loss, self._loss_judged = self._worst_loss, 0.0, now
        if worst > MANY:
            self._limit = (self._limit or self._sent_bps or HIGHEST_BPS) * (1 - worst / 2)
            self._ample_since = None
        elif worst < FEW and self._limit is not None:
            self._limit *= LOSS_RISE
            if self._limit > HIGHEST_BPS:
                self._limit = None

    def allowed_bps(self, now: float) -> int:
        """The least of what REMB and loss allow; an old REMB says nothing."""
        allowed = HIGHEST_BPS if self._limit is None else self._limit
        if self._remb is not None and now - self._remb[0] <= STALE_S:
            allowed = min(allowed, self._remb[1])
        return max(LOWEST_BPS, min(HIGHEST_BPS, int(allowed)))

    def choose(self, sent_bps: float, main_bps: float, now: float) -> Layer:
        """
        The layer to send, given what is sent now and what the main layer takes. It falls after a second of
        shortage and rises after five seconds of room, later each time that it had to fall at once again.
        """
        self._sent_bps = sent_bps
        allowed = self.allowed_bps(now)
        if self.layer is Layer.MAIN:
            self._fall_if_short(allowed < DOWN_SHARE * main_bps, now)
        else:
            # While little is sent no receiver can tell of more than about 1.5 times as much, so that rising is a
            # trial: room above what the sub layer takes is all the sign there is.
            self._rise_if_ample(allowed >= UP_SHARE * sent_bps, now)
        return self.layer

    def _fall_if_short(self, short: bool, now: float) -> None:
        if not short:
            self._short_since = None
        elif self._short_since is None:
            self._short_since = now
        elif now - self._short_since >= DOWN_AFTER_S:
            at_once = self._rose_at is not None and now - self._rose_at < QUICK_FALL_S
            self._up_after_s = min(LONGEST_UP_S, 2 * self._up_after_s) if at_once else UP_AFTER_S
            self._short_since = None
            self.layer = Layer.SUB

    def _rise_if_ample(self, ample: bool, now: float) -> None:
        if not ample:
            self._ample_since = None
        elif self._ample_since is None:
            self._ample_since = now
        elif now - self._ample_since >= self._up_after_s:
            self._ample_since = None
            self._limit = None
            self._rose_at = now
            self.layer = Layer.MAIN
