"""What one remote end may send: packets, bits and reports a second, counted before anything is decrypted."""

from dataclasses import dataclass

WINDOW_S = 1.0


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """Bounds of one remote end."""

    publisher_kbps: int = 8000  # sum of all tracks; above it packets are dropped before decryption
    packets_per_s: int = 3000
    rtcp_per_s: int = 200
    over_s: float = 10.0  # after so long over a limit the owner is told


class RateGuard:
    """Counts in windows of a second. `over_for_too_long` holds the rate in kbit/s when the owner is to be told."""

    def __init__(self, limits: PeerLimits) -> None:
        self._limits = limits
        self._most_bytes = limits.publisher_kbps * 125
        self._start = 0.0
        self._packets = self._bytes = self._reports = 0
        self._over_since: float | None = None
        self.over_for_too_long: int | None = None

    def refuse_media(self, datagrams: list[bytes], now: float) -> str | None:
        """Why these are not even decrypted; None when they may be."""
        if now - self._start >= WINDOW_S:
            self._begin_window(now)
        self._packets += len(datagrams)
        self._bytes += sum(map(len, datagrams))
        if self._packets > self._limits.packets_per_s:
            return "packet rate over the limit"
        if self._bytes > self._most_bytes:
            return "bit rate over the limit"
        return None

    def refuse_report(self, now: float) -> str | None:
        if now - self._start >= WINDOW_S:
            self._begin_window(now)
        self._reports += 1
        return "RTCP rate over the limit" if self._reports > self._limits.rtcp_per_s else None

    def _begin_window(self, now: float) -> None:
        over = self._bytes > self._most_bytes or self._packets > self._limits.packets_per_s
        if not over:
            self._over_since = None
        elif self._over_since is None:
            self._over_since = now
        elif now - self._over_since > self._limits.over_s:
            self._over_since = None
            self.over_for_too_long = self._bytes // 125
        self._start = now
        self._packets = self._bytes = self._reports = 0
