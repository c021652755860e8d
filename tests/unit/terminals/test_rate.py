"""Sequences of sends and arrivals: what the estimate makes of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_server.media.packets.feedback import TICKS_PER_S, Arrivals
from terminals.rate import LOSS_FLOOR, PathEstimate

HIGHEST, LOWEST = 2_000_000, 100_000
PACKET, STEP_S, QUEUE_S = 1000, 0.04, 0.4


@dataclass
class Pipe:
    """A link with a rate, a queue and loss of every n-th packet; reports ten times a second, as the server does."""

    estimate: PathEstimate
    bps: float = 10_000_000
    lose_every: int = 0
    now: float = 100.0
    number: int = 0x1FFF0  # the 16 bits that are reported wrap soon
    free_at: float = 0.0

    def run(self, seconds: float, sent_bps: float | None = None) -> Iterator[float]:
        """Send for so long, as much as is allowed or as told; yields the time after each report."""
        end = self.now + seconds
        while self.now < end - 1e-6:
            yield self._report([self._picture(sent_bps) for _ in range(3)])

    def _picture(self, sent_bps: float | None) -> list[float | None]:
        rate = self.estimate.allowed_bps(self.now) if sent_bps is None else sent_bps
        count = max(1, round(rate * STEP_S / 8 / PACKET))
        self.estimate.sent(self.number, [PACKET] * count, self.now)
        times: list[float | None] = []
        for number in range(self.number, self.number + count):
            is_full = self.free_at - self.now > QUEUE_S
            if not is_full:
                self.free_at = max(self.free_at, self.now) + PACKET * 8 / self.bps
            lost = is_full or (self.lose_every and number % self.lose_every == 0)
            times.append(None if lost else self.free_at + 0.025)
        self.number += count
        self.now += STEP_S
        return times

    def _report(self, pictures: list[list[float | None]]) -> float:
        times = [time for picture in pictures for time in picture]
        ticks = tuple(None if time is None else round((time + 7777) * TICKS_PER_S) for time in times)
        self.estimate.on_feedback(Arrivals(0, 1, self.number - len(times) & 0xFFFF, ticks), self.now)
        return self.now


def test_a_good_link_is_left_alone() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST))
    assert {pipe.estimate.allowed_bps(now) for now in pipe.run(30)} == {HIGHEST}
    assert pipe.estimate.queue_s < 0.02


def test_a_sudden_fall_is_followed_within_three_seconds() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST), bps=2_500_000)
    list(pipe.run(5))
    pipe.bps = 300_000
    fell = next(now for now in pipe.run(10) if pipe.estimate.allowed_bps(now) <= 300_000)
    assert fell - 105 <= 3


def test_what_is_sent_stays_below_a_narrow_link_and_the_queue_goes() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST), bps=2_500_000)
    list(pipe.run(5))
    pipe.bps = 500_000
    list(pipe.run(20))
    queues = [pipe.estimate.queue_s for _ in pipe.run(20)]
    assert sorted(queues)[len(queues) // 2] < 0.15


def test_it_rises_again_slowly() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST), bps=400_000)
    list(pipe.run(15))
    pipe.bps = 10_000_000
    low = pipe.estimate.allowed_bps(pipe.now)
    list(pipe.run(4))
    assert pipe.estimate.allowed_bps(pipe.now) < 2 * low
    list(pipe.run(60))
    assert pipe.estimate.allowed_bps(pipe.now) == HIGHEST


def test_loss_by_chance_costs_at_most_down_to_its_floor() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST), lose_every=5)
    list(pipe.run(30))
    assert pipe.estimate.loss > 0.15
    assert LOSS_FLOOR * HIGHEST <= pipe.estimate.allowed_bps(pipe.now) < HIGHEST


def test_a_little_loss_costs_nothing() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST), lose_every=50)
    list(pipe.run(20))
    assert pipe.estimate.allowed_bps(pipe.now) == HIGHEST


def test_an_order_of_the_server_holds_while_it_is_fresh() -> None:
    estimate = PathEstimate(HIGHEST, LOWEST)
    estimate.on_remb(700_000, 10)
    assert estimate.allowed_bps(11) == 700_000
    assert estimate.allowed_bps(16) == HIGHEST
    estimate.on_remb(1, 20)
    assert estimate.allowed_bps(20) == LOWEST


def test_receiver_reports_are_enough() -> None:
    estimate = PathEstimate(HIGHEST, LOWEST)
    for second in range(10):
        estimate.on_loss(0.3, 10.0 + second)
    assert estimate.allowed_bps(20) == LOSS_FLOOR * HIGHEST
    for tenth in range(1000):
        estimate.on_loss(0.0, 20.0 + tenth / 10)
    assert estimate.allowed_bps(120) == HIGHEST


def test_feedback_on_packets_that_nobody_sent_says_nothing() -> None:
    estimate = PathEstimate(HIGHEST, LOWEST)
    estimate.on_feedback(Arrivals(0, 1, 500, (1, 2, None)), 10)
    assert estimate.allowed_bps(10) == HIGHEST
    assert estimate.arriving_bps() == 0


def test_while_little_is_sent_it_rises_as_far_as_the_next_step_needs() -> None:
    pipe = Pipe(PathEstimate(HIGHEST, LOWEST), bps=300_000)
    list(pipe.run(10))
    pipe.bps = 10_000_000
    list(pipe.run(40, sent_bps=120_000))
    stuck = pipe.estimate.allowed_bps(pipe.now)
    assert stuck < 620_000
    pipe.estimate.wanted_bps = 620_000
    list(pipe.run(40, sent_bps=120_000))
    assert pipe.estimate.allowed_bps(pipe.now) >= 620_000
