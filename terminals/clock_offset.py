"""How far this device's clock is from the server's: the surest measurement counts, not the newest (pure)."""

from dataclasses import dataclass

DRIFT_US_PER_S = 100  # two ordinary quartz clocks drift apart by less


@dataclass(slots=True)
class ClockOffset:
    """`offset_us`: this clock minus the server's; wrong by `error_us` at most when it was measured at `at` seconds."""

    offset_us: int | None = None
    error_us: int = 0
    at: float = 0.0

    def take(self, sent_utc_us: int, round_trip_us: int, server_utc_us: int, now: float) -> int:
        """
        One question and its answer (the midpoint, RFC 5905 section 8); what is believed after it.

        A question that lay in a dead network for half a minute says little, and must not replace what a quick one
        said. When the two cannot both be true, one of the clocks was set: then the new one counts.
        """
        offset_us, error_us = sent_utc_us + round_trip_us // 2 - server_utc_us, round_trip_us // 2
        if self.offset_us is not None:
            grown_us = self.error_us + int((now - self.at) * DRIFT_US_PER_S)
            was_set = abs(offset_us - self.offset_us) > error_us + grown_us
            if error_us > grown_us and not was_set:
                return self.offset_us
        self.offset_us, self.error_us, self.at = offset_us, error_us, now
        return offset_us
