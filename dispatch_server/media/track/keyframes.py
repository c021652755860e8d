"""When to ask a source for a key frame: wishes of many viewers, few requests."""

from collections import deque

SHORTEST_INTERVAL_S = 0.5
REPEAT_S = 1.0  # no key frame came: the request or the frame was lost
MOST_IN_WINDOW = 5
WINDOW_S = 10.0


class KeyFrameRequests:
    """
    Throttles one source's requests (PLI): `ask` as often as you like, send one when `due` says so.

    At most one in 500 ms and five in 10 s; repeated every second until a key frame comes.
    """

    __slots__ = ("_answered", "_sent_at", "asked", "sent", "wanted")

    def __init__(self) -> None:
        self.wanted = False
        self.asked = 0
        self.sent = 0
        self._answered = True
        self._sent_at: deque[float] = deque(maxlen=MOST_IN_WINDOW)

    def ask(self) -> None:
        """Somebody cannot go on without a key frame."""
        self.wanted = True
        self.asked += 1

    def on_key_frame(self, now: float) -> None:
        """One has come: all who asked are served."""
        self.wanted = False
        self._answered = True

    def deadline(self) -> float | None:
        """When the next request may go out; None while nobody wants one."""
        if not self.wanted:
            return None
        sent_at = self._sent_at
        if not sent_at:
            return 0.0
        earliest = sent_at[-1] + (SHORTEST_INTERVAL_S if self._answered else REPEAT_S)
        if len(sent_at) == MOST_IN_WINDOW:
            earliest = max(earliest, sent_at[0] + WINDOW_S)
        return earliest

    def due(self, now: float) -> bool:
        """Whether to send a request now; a true answer counts as sent."""
        earliest = self.deadline()
        if earliest is None or now < earliest:
            return False
        self._sent_at.append(now)
        self._answered = False
        self.sent += 1
        return True
