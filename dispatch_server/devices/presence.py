"""Which terminals are there: any sign of life counts, silence counts after a while."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Presence:
    """
    Live's PresencePort. Signs: an access token that was asked for or shown, a message, a packet of media, an upload.

    Silence is counted on the monotonic clock; the wall clock, which may jump, is only shown.
    """

    lost_s: float = 45.0
    _seen: dict[str, tuple[float, int]] = field(default_factory=dict)  # number → both clocks; bounded by the register
    _unsaved: dict[str, int] = field(default_factory=dict)

    def sign(self, number: str, now: float, utc_us: int) -> bool:
        """True when it was not there before."""
        fresh = number not in self._seen
        self._seen[number] = (now, utc_us)
        self._unsaved[number] = utc_us
        return fresh

    def online(self) -> Mapping[str, int]:
        """Number → last seen, UTC microseconds."""
        return {number: utc_us for number, (_, utc_us) in self._seen.items()}

    def seen_utc_us(self, number: str) -> int | None:
        seen = self._seen.get(number)
        return seen[1] if seen is not None else None

    def silent(self, now: float) -> list[str]:
        """Those that were there and said nothing for too long; they stay until `leave`."""
        return [number for number, (at, _) in self._seen.items() if now - at >= self.lost_s]

    def leave(self, number: str) -> None:
        self._seen.pop(number, None)

    def keep_only(self, numbers: Iterable[str]) -> None:
        """Forget who is no longer in the register."""
        known = frozenset(numbers)
        for gone in [number for number in self._seen if number not in known]:
            self.leave(gone)
            self._unsaved.pop(gone, None)

    def take_unsaved(self) -> dict[str, int]:
        """Number → last seen, of those that were seen since the last call."""
        taken, self._unsaved = self._unsaved, {}
        return taken

    def give_back(self, moments: Mapping[str, int]) -> None:
        """They could not be saved."""
        self._unsaved = {**moments, **self._unsaved}
