"""RTP time → the sender's NTP clock → server UTC: the time that every frame carries, and the way back."""

from collections import deque

from dispatch_server.media.packets.rtcp import utc_us_of

WINDOW_US = 30_000_000  # over which the fastest way here is looked for
WINDOW_SAMPLES = 256
SAMPLE_SPACING_US = 50_000
CLOCK_JUMP_US = 100_000  # the sender's wall clock against its media clock
DRIFT = 1e-3  # the most that two honest clocks of one sender drift apart
IMPOSSIBLE_EARLY_US = 1_000_000  # a report that is this much faster than the fastest: the sender's clock was set
IMPOSSIBLE_LATE_US = 10_000_000
AHEAD_US = 100_000  # a frame cannot have been taken after it arrived
BEHIND_US = 10_000_000  # no network holds a packet that long
PLAUSIBLE_BEHIND_US = 5_000_000  # for a report: encoder and network together
SLEW = 0.05  # how fast an error is worked off: frames stay in order and nearly evenly spaced
STEP_US = 1_000_000  # a larger error is a broken timeline: follow at once
BACK_S, AHEAD_S = 3, 600  # an RTP timestamp outside is a source that began anew
RESTART_S = 0.02
REORDER_US = 500_000  # frames in decoding order may go back so far


class SlidingMinimum:
    """The least value of the last 30 s; bounded, amortised constant time."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[tuple[int, float]] = deque(maxlen=WINDOW_SAMPLES)  # values rise from left to right

    def add(self, at_us: int, value: float) -> float:
        """Take a sample; returns the minimum."""
        samples = self._samples
        while samples and samples[-1][1] >= value:
            samples.pop()
        samples.append((at_us, value))
        while samples[0][0] < at_us - WINDOW_US:
            samples.popleft()
        return samples[0][1]

    def clear(self) -> None:
        self._samples.clear()


class SenderClock:
    """
    One remote end's wall clock against the server's: `offset_us` = server UTC - sender's NTP time.

    The report with the shortest way tells best, so the minimum over a sliding window counts. Its tracks follow
    slowly (see Timeline), so that no time jumps.
    """

    __slots__ = ("_window", "jumps", "offset_us")

    def __init__(self) -> None:
        self.offset_us: float | None = None
        self.jumps = 0
        self._window = SlidingMinimum()

    def note(self, sender_us: int, arrival_utc_us: int, jumped: bool = False) -> float:
        """A report of `sender_us` arrived; `jumped`: it disagrees with the media clock. Returns the offset."""
        sample = float(arrival_utc_us - sender_us)
        if self.offset_us is not None:
            error = sample - self.offset_us
            if (jumped and abs(error) > CLOCK_JUMP_US) or error < -IMPOSSIBLE_EARLY_US or error > IMPOSSIBLE_LATE_US:
                self._window.clear()
                self.jumps += 1
        self.offset_us = self._window.add(arrival_utc_us, sample)
        return self.offset_us


class Timeline:
    """
    One track's RTP time on the server's clock.

    A line (ticks → UTC) that is drawn from the sender's reports, before the first one from arrivals alone, and bent
    towards a better one by at most 5 %. UTC as told never runs backwards while ticks grow.
    """

    def __init__(self, clock_rate: int, sender_clock: SenderClock) -> None:
        self.clock_rate = clock_rate
        self.reports_ignored = 0
        self.steps = 0
        self._clock = sender_clock
        self._tick_us = 1e6 / clock_rate
        self._back = -BACK_S * clock_rate
        self._ahead = AHEAD_S * clock_rate
        self._shift = 0  # what unwrapping adds, beyond multiples of 2**32, since a source began anew
        self._newest: int | None = None  # ticks
        self._arrival: tuple[int, int] | None = None  # ticks, server UTC
        self._arrivals = SlidingMinimum()
        self._next_sample = 0
        self._report: tuple[int, int] | None = None  # sender's µs, ticks
        self._reported = False
        # The line in force: UTC = _base_us + (ticks - _base_ticks) · _tick_us, and the error that is worked off.
        self._base_ticks = 0
        self._base_us: float | None = None
        self._error_us = 0.0
        self._told_ticks = -(1 << 62)
        self._told_us = 0

    @property
    def known(self) -> bool:
        """Whether there is any UTC to tell."""
        return self._base_us is not None

    def unwrap(self, timestamp: int, waited_s: float = 0.0) -> int:
        """32 bits of RTP time to ticks that grow; `waited_s`: so long ago the packet came."""
        newest = self._newest
        if newest is None:
            self._newest = timestamp
            return timestamp
        step = (timestamp + self._shift - newest) & 0xFFFFFFFF
        if step >= 0x80000000:
            step -= 0x100000000
        if not self._back - waited_s * self.clock_rate <= step <= self._ahead:
            # RFC 3550 5.1 lets a source begin anew anywhere; go on as if a frame later.
            resumed = int(RESTART_S * self.clock_rate)
            self._shift += resumed - step
            step = resumed
        ticks = newest + step
        if step > 0:
            self._newest = ticks
        return ticks

    def place(self, timestamp: int, waited_s: float = 0.0) -> tuple[int, int]:
        """Ticks and server UTC of a frame; ask only when `known`. `unwrap` and `utc_us` in one, for the hot path."""
        newest, base_us = self._newest, self._base_us
        if newest is not None and base_us is not None:
            step = (timestamp + self._shift - newest) & 0xFFFFFFFF
            ticks = newest + step
            if step <= self._ahead and ticks >= self._told_ticks and ticks >= self._base_ticks:
                self._newest = ticks
                past_us = (ticks - self._base_ticks) * self._tick_us
                error, most = self._error_us, past_us * SLEW
                utc_us = int(base_us + past_us + (error if -most < error < most else most if error > 0 else -most))
                self._told_ticks = ticks
                self._told_us = utc_us = max(utc_us, self._told_us)
                return ticks, utc_us
        ticks = self.unwrap(timestamp, waited_s)
        return ticks, self.utc_us(ticks)

    def note_arrival(self, ticks: int, arrival_utc_us: int) -> None:
        """A packet of this time has arrived: all that is known before the first report, a check afterwards."""
        self._arrival = (ticks, arrival_utc_us)
        if self._base_us is None:
            self._begin(ticks, arrival_utc_us)
        lag = arrival_utc_us - self._line(ticks)
        if lag > BEHIND_US or (self._reported and lag < -AHEAD_US):
            # The media clock has jumped: what the reports said of it is void.
            self._reported = False
            self._report = None
            self._arrivals.clear()
            self._begin(ticks, arrival_utc_us)
            self.steps += 1
        elif not self._reported and arrival_utc_us >= self._next_sample:
            self._next_sample = arrival_utc_us + SAMPLE_SPACING_US
            offset = self._arrivals.add(arrival_utc_us, arrival_utc_us - ticks * self._tick_us)
            self._aim(ticks, ticks * self._tick_us + offset)

    def on_report(self, ntp: int, rtp_timestamp: int, arrival_utc_us: int) -> None:
        """A sender report: at the sender's `ntp` (64 bits) its media clock showed `rtp_timestamp`."""
        if ntp == 0 or self._newest is None:  # RFC 3550 6.4.1: zero is no wall clock
            self.reports_ignored += 1
            return
        step = (rtp_timestamp + self._shift - self._newest) & 0xFFFFFFFF
        if step >= 0x80000000:
            step -= 0x100000000
        if not self._back <= step <= self._ahead:
            self.reports_ignored += 1
            return
        ticks = self._newest + step
        sender_us = utc_us_of(ntp)
        jumped = self._clock_jumped(sender_us, ticks)
        self._report = (sender_us, ticks)
        utc_us = sender_us + self._clock.note(sender_us, arrival_utc_us, jumped)
        if self._arrival is not None:
            seen_ticks, seen_us = self._arrival
            lag = seen_us - (utc_us + (seen_ticks - ticks) * self._tick_us)
            if not -AHEAD_US <= lag <= PLAUSIBLE_BEHIND_US:
                self.reports_ignored += 1
                return
        self._reported = True
        self._aim(ticks, utc_us)

    def _clock_jumped(self, sender_us: int, ticks: int) -> bool:
        """Whether the sender's two clocks have gone apart since its last report."""
        if self._report is None:
            return False
        media_us = (ticks - self._report[1]) * self._tick_us
        return abs(sender_us - self._report[0] - media_us) > CLOCK_JUMP_US + DRIFT * abs(media_us)

    def _begin(self, ticks: int, utc_us: float) -> None:
        self._base_ticks, self._base_us, self._error_us = ticks, utc_us, 0.0

    def _line(self, ticks: int) -> float:
        """UTC by the line in force."""
        past_us = (ticks - self._base_ticks) * self._tick_us
        most = max(0.0, past_us * SLEW)
        error = max(-most, min(most, self._error_us)) if self._error_us else 0.0
        return (self._base_us or 0.0) + past_us + error

    def _aim(self, ticks: int, utc_us: float) -> None:
        """From the newest frame on, bend the line towards the one through this point."""
        if self._base_us is None:
            self._begin(ticks, utc_us)
            return
        at = max(self._told_ticks, self._base_ticks)
        here = self._line(at)
        error = utc_us + (at - ticks) * self._tick_us - here
        if abs(error) > STEP_US:
            self.steps += 1
            here, error = here + error, 0.0
        self._base_ticks, self._base_us, self._error_us = at, here, error

    def utc_us(self, ticks: int) -> int:
        """Server UTC of a frame; ask only when `known`."""
        utc_us = int(self._line(ticks))
        if ticks < self._told_ticks:  # B-frames, or a source that sets itself back a little
            return max(min(utc_us, self._told_us), self._told_us - REORDER_US)
        if utc_us < self._told_us:
            utc_us = self._told_us
        self._told_ticks, self._told_us = ticks, utc_us
        return utc_us

    def ticks_at(self, utc_us: int) -> int | None:
        """RTP time (unwrapped) at a server UTC, for the sender reports of those who forward this track."""
        if self._base_us is None:
            return None
        ticks = self._base_ticks + (utc_us - self._base_us) / self._tick_us
        # Once against the bent line: its slope differs by 5 % at most.
        return round(ticks - (self._line(round(ticks)) - utc_us) / self._tick_us) - self._shift
