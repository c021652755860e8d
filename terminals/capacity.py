"""What the way to the server carries, read off the pictures that are sent anyway: how far they are drawn out (pure)."""

from collections import deque
from collections.abc import Sequence
from statistics import median

FEWEST_PACKETS = 6  # of one picture, sent at the same moment: fewer tell little
SHORTEST_S = 0.002  # the server's clock of arrivals is no finer
TRAINS_KEPT, TRAIN_LIFE_S = 32, 30.0
FEWEST_TRAINS = 4
MOST_BPS = 100_000_000  # nothing more is believed

Packet = tuple[float, float, int]  # sent and arrived, each on its own clock, and bytes


class Capacity:
    """
    The packets of one picture leave together, and the narrowest link spreads them: their bytes over that time are what
    it carries, with what else is under way taken off. Nothing is sent to find out.
    """

    def __init__(self) -> None:
        self._trains: deque[tuple[float, float]] = deque(maxlen=TRAINS_KEPT)  # time, bits a second

    def take(self, packets: Sequence[Packet], now: float) -> None:
        """What one report tells of, in the order in which it was sent, without what was lost."""
        first = 0
        for at in range(1, len(packets) + 1):
            if at == len(packets) or packets[at][0] != packets[first][0]:
                self._judge(packets[first:at], now)
                first = at

    def bps(self, now: float) -> int | None:
        """None while too little is known."""
        fresh = [bps for at, bps in self._trains if now - at <= TRAIN_LIFE_S]
        return int(min(MOST_BPS, median(fresh))) if len(fresh) >= FEWEST_TRAINS else None

    def forget(self) -> None:
        """It is another link now."""
        self._trains.clear()

    def _judge(self, train: Sequence[Packet], now: float) -> None:
        if len(train) < FEWEST_PACKETS:
            return
        arrived = [packet[1] for packet in train]
        spread_s = max(max(arrived) - min(arrived), SHORTEST_S)
        self._trains.append((now, 8 * sum(packet[2] for packet in train[1:]) / spread_s))
