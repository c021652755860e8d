"""How fast footage may go up: at most half of the uplink on air, a little whatever happens, all of it else (pure)."""

from dataclasses import dataclass

LITTLE_LOSS, QUEUE_S = 0.05, 0.06
SHARE = 0.5
FLOOR_BPS = 16_000  # a backlog gets on by so much even where a queue stands for ever: a busy machine looks like one
FALL, RISE_PER_S, CALM_S, FALL_AGAIN_S = 0.5, 1.08, 3.0, 1.0
BURST_S = 0.1
CHUNK_S = 8.0  # a chunk is no more than what goes in so long: what is acknowledged is kept
LEAST_CHUNK_BYTES, MOST_CHUNK_BYTES = 16 << 10, 512 << 10


@dataclass(frozen=True, slots=True)
class Uplink:
    """What is known of the way to the server while on air, in bits a second."""

    allowed_bps: int  # of the media's own estimate, which knows of no more than a little above the media
    media_bps: int  # what the present rung of the ladder takes
    is_reduced: bool  # less is sent live than is wanted
    queue_s: float
    loss: float
    carries_bps: int | None = None  # as measured; None: not yet

    @property
    def is_in_danger(self) -> bool:
        """A queue or loss on the way: the sound is next."""
        return self.queue_s > QUEUE_S or self.loss > LITTLE_LOSS


def share_bps(uplink: Uplink) -> int:
    """
    Of an uplink without danger. Half of it, where the media leaves as much over; while the picture is reduced half of
    what the media leaves over, so that the picture may come back.
    """
    half, known = most_on_air_bps(uplink), uplink.allowed_bps
    if uplink.is_reduced:
        return min(half, max(0, known - uplink.media_bps) // 2)
    if uplink.carries_bps is None:
        return half
    return min(half, max(0, max(uplink.carries_bps, known) - uplink.media_bps))


def most_on_air_bps(uplink: Uplink) -> int:
    """Half of the uplink, by what is known of it."""
    return int((uplink.carries_bps or uplink.allowed_bps) * SHARE)


class Allowance:
    """
    What may go now. A measured uplink is not taken at its word: from what the media's estimate vouches for the rate
    rises slowly, and any danger halves it.
    """

    def __init__(self, most_bps: int = 0) -> None:
        self._most_bps = most_bps  # 0: no bound
        self._ceiling: float | None = None  # None: not on air
        self._calm_since = self._fell_at = self._at = 0.0

    def bps(self, uplink: Uplink | None, now: float) -> int | None:
        """None: as fast as it goes. `uplink`: None while not on air."""
        if uplink is None:
            self._ceiling = None
            return self._most_bps or None
        most = most_on_air_bps(uplink)
        floor = min(FLOOR_BPS, most)
        ceiling = self._judge(uplink, now)
        bps = floor if uplink.is_in_danger else max(floor, min(share_bps(uplink), int(ceiling), most))
        return min(bps, self._most_bps) if self._most_bps else bps

    def _judge(self, uplink: Uplink, now: float) -> float:
        if self._ceiling is None:
            self._ceiling, self._calm_since, self._at = uplink.allowed_bps * SHARE, now, now
            self._fell_at = float("-inf")
        if uplink.is_in_danger:
            self._calm_since = now
            if now - self._fell_at >= FALL_AGAIN_S:
                self._ceiling, self._fell_at = max(float(FLOOR_BPS), self._ceiling * FALL), now
        elif now - self._calm_since >= CALM_S:
            # No further than what may be used: else a day of calm would make it worthless.
            risen = self._ceiling * RISE_PER_S ** min(now - self._at, CALM_S)
            self._ceiling = min(risen, max(self._ceiling, 2.0 * share_bps(uplink)))
        self._at = now
        return self._ceiling


def chunk_bytes(bps: int | None) -> int:
    if bps is None:
        return MOST_CHUNK_BYTES
    return max(LEAST_CHUNK_BYTES, min(MOST_CHUNK_BYTES, int(bps * CHUNK_S / 8)))


class Bucket:
    """Tokens in bytes, filled at the present rate; never more than a tenth of a second of them."""

    def __init__(self, now: float) -> None:
        self._tokens = 0.0
        self._at = now

    def wait_s(self, size: int, bps: int | None, now: float) -> float:
        """How long to wait before `size` bytes may go, which are taken; 0 without a rate. `bps` is more than 0."""
        if bps is None:
            self._tokens, self._at = 0.0, now
            return 0.0
        rate = bps / 8
        self._tokens = min(self._tokens + (now - self._at) * rate, max(BURST_S * rate, 0.0))
        self._at = now
        self._tokens -= size
        return max(0.0, -self._tokens / rate)
