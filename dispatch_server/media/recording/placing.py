"""Places frames on the media time of one segment: RTP cadence, anchored on server UTC, never backwards."""

from collections.abc import Sequence
from itertools import pairwise

from dispatch_server.media.packets.opus import duration_ticks
from dispatch_server.media.recording.fmp4 import SOUND_RATE, VIDEO_RATE, Run
from dispatch_server.media.sink import Frame

ANCHOR_TOLERANCE_S = 0.1
NOTHING = b"\xf8"  # a zero-length Opus frame of 20 ms: lost or not sent (RFC 6716 3.2.1)
NOTHING_TICKS = 960
LATEST_START_TICKS = 2 * NOTHING_TICKS  # the first packet of a segment need not begin with its first picture
LEAST_HOLE_TICKS = NOTHING_TICKS // 2  # less is jitter of the capture clock
LEAST_END_TICKS = 5 * NOTHING_TICKS  # the sound may end a little before the picture
LEAST_OFFSET = -60 * VIDEO_RATE
MOST_FILLED_TICKS = 60 * SOUND_RATE  # at once; a longer absence is a gap of the recording
LONGEST_STEP = 4 * VIDEO_RATE  # a picture that stays longer is a gap


class _Clock:
    """RTP ticks and server UTC of one track to its media time."""

    __slots__ = ("_anchor_ticks", "_anchor_time", "_origin_us", "_rate", "_tolerance")

    def __init__(self, rate: int, origin_us: int) -> None:
        self._rate, self._origin_us = rate, origin_us
        self._tolerance = int(rate * ANCHOR_TOLERANCE_S)
        self._anchor_ticks: int | None = None
        self._anchor_time = 0

    def by_utc(self, utc_us: int) -> int:
        return max(0, (utc_us - self._origin_us) * self._rate // 1_000_000)

    def time(self, frame: Frame) -> int:
        """Follow the capture's own cadence while it agrees with server UTC; else begin again from UTC."""
        wanted = self.by_utc(frame.utc_us)
        if self._anchor_ticks is not None:
            time = self._anchor_time + frame.ticks - self._anchor_ticks
            if abs(time - wanted) <= self._tolerance:
                return max(0, time)
        self._anchor_ticks, self._anchor_time = frame.ticks, wanted
        return wanted

    def times(self, frames: Sequence[Frame]) -> list[int]:
        """Of all of them; where first and last agree with one anchor, those that lie between do as well."""
        first, last = self.time(frames[0]), self.time(frames[-1])
        shift = first - frames[0].ticks
        if last - frames[-1].ticks == shift:
            times = [frame.ticks + shift for frame in frames]
            # A publisher's timestamps may leap and come back; those of reordered pictures lie near by.
            if first - self._rate <= min(times) and max(times) <= last + self._rate:
                return times
        return [self.time(frame) for frame in frames]


class PicturePlacer:
    """Video of one segment. Reordered pictures get decode times in order and their offset beside it."""

    __slots__ = ("_clock", "_end", "_usual")

    def __init__(self, origin_us: int) -> None:
        self._clock = _Clock(VIDEO_RATE, origin_us)
        self._end = 0
        self._usual = VIDEO_RATE // 25

    def run(self, frames: Sequence[Frame], following: Frame | None, until_us: int = 0) -> Run | None:
        """`following` is the next frame of the same track: it ends the last one here. Else `until_us` may do that."""
        if not frames:
            return None
        shown = decoded = self._clock.times(frames)
        durations = [after - before for before, after in pairwise(shown)]
        if shown[0] < self._end or min(durations, default=1) <= 0:
            decoded, floor = [], self._end
            for time in shown:
                decoded.append(max(time, floor))
                floor = decoded[-1] + 1
            durations = [after - before for before, after in pairwise(decoded)]
        if following is not None:
            step = self._clock.time(following) - decoded[-1]
        else:
            step = self._clock.by_utc(until_us) - decoded[-1]
        if not 0 < step <= LONGEST_STEP:
            step = durations[-1] if durations else self._usual
        self._usual = min(step, VIDEO_RATE // 5)
        durations.append(step)
        self._end = decoded[-1] + step
        offsets = None
        if shown != decoded:
            offsets = [max(LEAST_OFFSET, show - decode) for show, decode in zip(shown, decoded, strict=True)]
        return Run(decoded[0], [frame.data for frame in frames], durations, offsets, frames[0].is_key)


class SoundPlacer:
    """Opus of one segment. Where no packet is, zero-length frames say so, for a track with holes does not play."""

    __slots__ = ("_clock", "_end", "filled", "slip")

    def __init__(self, origin_us: int) -> None:
        self._clock = _Clock(SOUND_RATE, origin_us)
        self._end = 0
        self.filled = 0  # zero-length frames of the last run
        self.slip = 0  # ticks by which the track runs late: its clock stepped back, packets cannot

    def run(self, packets: Sequence[Frame], fill_to_us: int) -> Run | None:
        """Packets in order; what is missing before `fill_to_us` will not come any more."""
        samples: list[bytes] = []
        durations: list[int] = []
        times = self._clock.times(packets) if packets else []
        if times and self._end == 0 and times[0] <= LATEST_START_TICKS:
            self._end = times[0]
        base = self._end
        for packet, time in zip(packets, times, strict=True):
            ticks = duration_ticks(packet.data) or NOTHING_TICKS
            if time - self._end >= LEAST_HOLE_TICKS:
                self._fill(time, samples, durations)
            samples.append(packet.data)
            durations.append(ticks)
            self._end += ticks
        if times:
            self.slip = self._end - ticks - times[-1]
        until = self._clock.by_utc(fill_to_us)
        if until - self._end >= LEAST_END_TICKS:
            self._fill(until, samples, durations)
        self.filled = len(samples) - len(packets)
        return Run(base, samples, durations) if samples else None

    def _fill(self, until: int, samples: list[bytes], durations: list[int]) -> None:
        missing = min(until - self._end, MOST_FILLED_TICKS)
        count = max(1, missing // NOTHING_TICKS)
        samples.extend([NOTHING] * count)
        durations.extend([NOTHING_TICKS] * (count - 1))
        durations.append(missing - NOTHING_TICKS * (count - 1))
        self._end += missing
