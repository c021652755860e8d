"""How often somebody may try: a sliding window per key, for a bounded number of keys."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rate:
    """At most `limit` tries in `window_s` per key; of too many keys the longest unused is forgotten, and counted."""

    limit: int
    window_s: float
    capacity: int
    forgotten: int = 0
    refused: int = 0
    _tries: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def wait_s(self, key: str, now: float) -> float:
        """0 when another try is allowed now, else the seconds until it is."""
        tries = self._tries.get(key)
        if tries is None:
            return 0.0
        self._drop_old(tries, now)
        if len(tries) < self.limit:
            return 0.0
        return max(tries[0] + self.window_s - now, 0.001)

    def spend(self, key: str, now: float) -> float:
        """Count a try; the answer is that of `wait_s`, and a refused try is not counted as one."""
        wait_s = self.wait_s(key, now)
        if wait_s:
            self.refused += 1
            return wait_s
        self._tries.setdefault(key, deque()).append(now)
        self._tries.move_to_end(key)
        while len(self._tries) > self.capacity:
            self._tries.popitem(last=False)
            self.forgotten += 1
        return 0.0

    def give_back(self, key: str) -> None:
        """The newest try of it was not made after all."""
        tries = self._tries.get(key)
        if tries:
            tries.pop()

    def sweep(self, now: float) -> None:
        """Forget keys that have been quiet for a window."""
        while self._tries:
            key, tries = next(iter(self._tries.items()))
            self._drop_old(tries, now)
            if tries:
                return
            del self._tries[key]

    def _drop_old(self, tries: deque[float], now: float) -> None:
        while tries and tries[0] <= now - self.window_s:
            tries.popleft()
