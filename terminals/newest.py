"""A short queue between two threads that drops its oldest: late pictures are worth less than new ones."""

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """At most `limit` items; `dropped` counts what nobody came for."""

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self._items: deque[T] = deque()
        self._limit = limit
        self._filled = threading.Condition()

    def put(self, item: T) -> None:
        with self._filled:
            if len(self._items) >= self._limit:
                self._items.popleft()
                self.dropped += 1
            self._items.append(item)
            self._filled.notify()

    def get(self, timeout_s: float) -> T | None:
        """The oldest that is left, or None when none came in time."""
        with self._filled:
            if not self._items and not self._filled.wait_for(lambda: bool(self._items), timeout_s):
                return None
            return self._items.popleft()
