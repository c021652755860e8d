"""How fast footage may go up: half of the uplink on air and never at the sound's cost, all of it else (pure)."""

from dataclasses import dataclass

LITTLE_LOSS, QUEUE_S = 0.05, 0.06
SHARE = 0.5
BURST_S = 0.1


@dataclass(frozen=True, slots=True)
class Uplink:
    """What is known of the way to the server while on air, in bits a second."""

    allowed_bps: int  # of the media's own estimate
    media_bps: int  # what the present rung of the ladder takes
    is_reduced: bool  # less is sent live than is wanted
    queue_s: float
    loss: float


def allowance_bps(uplink: Uplink | None, most_bps: int) -> int | None:
    """
    None: as fast as it goes. 0: nothing now. `uplink`: None while not on air; `most_bps`: 0 for no bound.

    A queue or loss on the way means that the sound is in danger: then nothing goes. While the picture is reduced
    only what the media leaves over is taken, so that the picture may come back.
    """
    if uplink is None:
        return most_bps or None
    if uplink.queue_s > QUEUE_S or uplink.loss > LITTLE_LOSS:
        return 0
    half = int(uplink.allowed_bps * SHARE)
    rest = max(0, uplink.allowed_bps - uplink.media_bps)
    bps = min(half, rest // 2) if uplink.is_reduced else half
    return min(bps, most_bps) if most_bps else bps


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
