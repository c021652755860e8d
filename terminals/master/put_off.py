"""What is not offered to the server for a while: a master, or one segment of it, that did not get on (pure)."""

from collections import OrderedDict
from dataclasses import dataclass, field

from terminals.whip import Refused

FIRST_S, LONGEST_S = 1.0, 120.0
MOST = 10_000
LATER = frozenset({401, 403, 408, 423, 425, 429})  # of this device, or of this moment: nothing else would get on either
WHOLE = 0  # of a master: its card, its indexes, its end; segments count from 1

Place = tuple[str, int]  # master and segment


def is_lasting(refused: Refused) -> bool:
    """
    Whether it is about what was offered: then the rest goes on without it. A 500 is the server's own fault at this
    very thing, while 502 to 507 say that it, or its disk, is not there for anybody.
    """
    return refused.status not in LATER and refused.status <= 500


@dataclass(slots=True)
class PutOff:
    """Each time for longer; what is forgotten over the bound is only offered again sooner."""

    first_s: float = FIRST_S
    longest_s: float = LONGEST_S
    most: int = MOST
    _until: OrderedDict[Place, tuple[float, float, str]] = field(default_factory=OrderedDict)  # when, the pause, why

    def add(self, place: Place, now: float, why: str, *, lasting: bool = False) -> None:
        _, before, _ = self._until.pop(place, (0.0, self.first_s / 2, ""))
        pause_s = self.longest_s if lasting else min(2 * before, self.longest_s)
        self._until[place] = (now + pause_s, pause_s, why)
        while len(self._until) > self.most:
            self._until.popitem(last=False)

    def is_off(self, place: Place, now: float) -> bool:
        return self._until.get(place, (now,))[0] > now

    def reasons(self, master: str) -> dict[int, str]:
        """By segment."""
        return {segment: why for (name, segment), (_, _, why) in self._until.items() if name == master}

    def got_on(self, place: Place) -> None:
        self._until.pop(place, None)
