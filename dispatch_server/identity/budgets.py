"""How often somebody may fail: some tries for each key, then a pause; for a bounded number of keys."""

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tried:
    count: int
    last: float


@dataclass(slots=True)
class Budget:
    """
    A try is taken before it is made, so that tries at the same moment cannot all be the last one allowed.

    Of too many keys the longest unused is forgotten, and counted.
    """

    tries: int
    pause_s: float
    capacity: int
    forgotten: int = 0
    _keys: OrderedDict[str, Tried] = field(default_factory=OrderedDict)

    def take(self, key: str, now: float) -> float:
        """0 when the try may be made, else the seconds until one may."""
        if wait_s := self.wait_s(key, now):
            return wait_s
        tried = self._keys.setdefault(key, Tried(0, now))
        tried.count, tried.last = tried.count + 1, now
        self._keys.move_to_end(key)
        while len(self._keys) > self.capacity:
            self._keys.popitem(last=False)
            self.forgotten += 1
        return 0.0

    def wait_s(self, key: str, now: float) -> float:
        tried = self._keys.get(key)
        if tried is None:
            return 0.0
        if now >= tried.last + self.pause_s:
            del self._keys[key]
            return 0.0
        return tried.last + self.pause_s - now if tried.count >= self.tries else 0.0

    def give_back(self, key: str) -> None:
        """That try did not fail."""
        tried = self._keys.get(key)
        if tried is not None:
            tried.count -= 1
            if tried.count <= 0:
                del self._keys[key]

    def clear(self, key: str) -> None:
        self._keys.pop(key, None)

    def __len__(self) -> int:
        return len(self._keys)
