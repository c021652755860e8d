"""What the path to the server carries, from its reports: pure arithmetic on times and sizes."""

from collections import deque
from collections.abc import Sequence

from dispatch_server.media.packets.feedback import TICKS_PER_S, Arrivals
from terminals.capacity import Capacity, Packet

SENT_KEPT = 4000  # packets; some ten seconds
WINDOW_S = 1.0
BASE_BUCKET_S, BASE_BUCKETS = 1.0, 30  # the least delay of half a minute is that of an empty queue
QUEUE_HIGH_S, QUEUE_LOW_S = 0.08, 0.03
HIGH_REPORTS = 3  # feedbacks in a row (ten a second): one key frame is no queue
DECREASE, DECREASE_PAUSE_S = 0.85, 0.8
INCREASE_PER_S, INCREASE_AFTER_S = 1.08, 3.0
HEADROOM = 2.0  # more than this multiple of what arrives is not believed, unless the next step needs it
MUCH_LOSS, LITTLE_LOSS = 0.10, 0.05
LOSS_FLOOR = 0.4  # chance loss is mended by repairs, not by sending less: it costs at most so much of the highest rate
REMB_LIFE_S = 5.0


class PathEstimate:
    """
    Falls fast, rises slowly. A queue that stands (delay well above the least of half a minute) means that less
    arrives than is sent: then what arrives is the measure. Loss without a queue only lowers it to a floor.
    """

    def __init__(self, highest_bps: int, lowest_bps: int) -> None:
        self.highest_bps, self.lowest_bps = highest_bps, lowest_bps
        self.wanted_bps = 0.0  # what the next better step would take: while little is sent, rising is a trial
        self.queue_s = 0.0
        self.loss = 0.0
        self.capacity = Capacity()
        self._allowed = float(highest_bps)
        self._sent: dict[int, tuple[float, int]] = {}
        self._last_number = 0
        self._base: deque[tuple[float, float]] = deque(maxlen=BASE_BUCKETS)
        self._window: deque[tuple[float, int, int]] = deque()  # time, received, lost
        self._arrived: deque[tuple[float, int]] = deque(maxlen=SENT_KEPT)  # time on the server's clock, bytes
        self._latest = float("-inf")  # of those times
        self._high = 0
        self._fell_at = self._calm_since = self._judged_at = float("-inf")
        self._remb: tuple[float, int] | None = None

    def sent(self, first: int, sizes: Sequence[int], now: float) -> None:
        """Packets with these transport-wide numbers have gone out."""
        for offset, size in enumerate(sizes):
            self._sent[first + offset] = (now, size)
        self._last_number = first + len(sizes) - 1
        while len(self._sent) > SENT_KEPT:
            del self._sent[next(iter(self._sent))]

    def on_remb(self, bps: int, now: float) -> None:
        self._remb = (now, bps)

    def on_loss(self, fraction: float, now: float) -> None:
        """Of a receiver report, where the server gives no transport-wide feedback."""
        self.loss = fraction
        self._judge_loss(now)

    def on_feedback(self, arrivals: Arrivals, now: float) -> None:
        """One transport-wide feedback."""
        delays: list[float] = []
        packets: list[Packet] = []
        received = lost = 0
        for offset, ticks in enumerate(arrivals.ticks):
            found = self._sent.pop(self._extended(arrivals.base + offset), None)
            if found is None:
                continue
            if ticks is None:
                lost += 1
                continue
            received += 1
            arrival = ticks / TICKS_PER_S
            self._arrived.append((arrival, found[1]))
            self._latest = max(self._latest, arrival)
            delays.append(arrival - found[0])
            packets.append((found[0], arrival, found[1]))
        if not delays:
            return
        self.capacity.take(packets, now)
        self._window.append((now, received, lost))
        while self._window[0][0] < now - WINDOW_S:
            self._window.popleft()
        self.loss = sum(entry[2] for entry in self._window) / sum(entry[1] + entry[2] for entry in self._window)
        self._judge_queue(min(delays), now)

    def allowed_bps(self, now: float) -> int:
        """What all layers and the sound may take together."""
        allowed = self._allowed
        if self._remb is not None and now - self._remb[0] <= REMB_LIFE_S:
            allowed = min(allowed, self._remb[1])
        return int(max(self.lowest_bps, min(self.highest_bps, allowed)))

    def arriving_bps(self) -> float:
        """What the server received in the last second that it told of, by its own clock."""
        return 8 * sum(size for at, size in self._arrived if at > self._latest - WINDOW_S) / WINDOW_S

    def _extended(self, number: int) -> int:
        """16 bits to the number nearest to the last one that was sent."""
        distance = (number - self._last_number + 0x8000 & 0xFFFF) - 0x8000
        return self._last_number + distance

    def _judge_queue(self, delay: float, now: float) -> None:
        base = self._base
        if not base or now - base[-1][0] >= BASE_BUCKET_S:
            base.append((now, delay))
        elif delay < base[-1][1]:
            base[-1] = (base[-1][0], delay)
        self.queue_s = delay - min(entry[1] for entry in base)
        if self.queue_s > QUEUE_HIGH_S:
            self._high += 1
            self._calm_since = now
            if self._high >= HIGH_REPORTS and now - self._fell_at >= DECREASE_PAUSE_S:
                self._fall(DECREASE * self.arriving_bps(), now)
            return
        self._high = 0
        if self.queue_s > QUEUE_LOW_S:
            self._calm_since = now
        self._judge_loss(now)

    def _judge_loss(self, now: float) -> None:
        elapsed, self._judged_at = now - self._judged_at, now
        if self.loss > MUCH_LOSS:
            self._calm_since = now
            floor = LOSS_FLOOR * self.highest_bps
            if now - self._fell_at >= DECREASE_PAUSE_S and self._allowed > floor:
                self._fall(max(floor, self._allowed * (1 - self.loss / 2)), now)
        elif self.loss > LITTLE_LOSS:
            self._calm_since = now
        elif now - max(self._calm_since, self._fell_at) >= INCREASE_AFTER_S and elapsed < WINDOW_S:
            known = HEADROOM * self.arriving_bps() if self._window else float(self.highest_bps)
            ceiling = max(known, self.wanted_bps)
            raised = min(self._allowed * INCREASE_PER_S**elapsed, max(ceiling, self._allowed))
            self._allowed = min(float(self.highest_bps), raised)

    def _fall(self, bps: float, now: float) -> None:
        self._allowed = max(float(self.lowest_bps), min(self._allowed, bps))
        self._fell_at = now
        self._high = 0
