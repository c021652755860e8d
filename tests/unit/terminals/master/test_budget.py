"""At most half of the uplink on air and hardly anything while sound is in danger, never nothing, all of it off air."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminals.master import budget
from terminals.master.budget import (
    FLOOR_BPS,
    LEAST_CHUNK_BYTES,
    MOST_CHUNK_BYTES,
    QUEUE_S,
    Allowance,
    Bucket,
    Uplink,
    chunk_bytes,
    most_on_air_bps,
)

MEDIA = 1_600_000
CALM = Uplink(1_920_000, MEDIA, False, 0.0, 0.0, 8_000_000)
UPLINKS = st.builds(
    Uplink, st.integers(1, 10**8), st.integers(0, 10**8), st.booleans(), st.floats(0, 1), st.floats(0, 1),
    st.none() | st.integers(1, 10**8),
)  # fmt: skip


def after(allowance: Allowance, uplink: Uplink, seconds: float, begun: float = 100.0) -> int:
    """Asked ten times a second."""
    bps = None
    for turn in range(int(seconds * 10) + 1):
        bps = allowance.bps(uplink, begun + turn / 10)
    assert bps is not None
    return bps


def test_off_air_it_goes_as_fast_as_it_can() -> None:
    assert Allowance().bps(None, 1.0) is None
    assert Allowance(500).bps(None, 1.0) == 500


@given(st.lists(st.tuples(st.floats(0, 20), UPLINKS), min_size=1, max_size=30), st.integers(0, 10**6))
def test_never_more_than_half_on_air_and_never_nothing(story: list[tuple[float, Uplink]], most: int) -> None:
    allowance, now = Allowance(most), 0.0
    for step, uplink in story:
        now += step
        bps = allowance.bps(uplink, now)
        assert bps is not None and bps <= max(most_on_air_bps(uplink), 0)
        assert not most or bps <= most
        assert bps > 0 or most_on_air_bps(uplink) == 0


def test_a_measured_uplink_is_reached_slowly_and_half_of_it_is_kept_free() -> None:
    allowance = Allowance()
    assert allowance.bps(CALM, 100.0) == CALM.allowed_bps // 2
    assert after(allowance, CALM, 60) == 4_000_000 > 2 * MEDIA, "faster than it is recorded, by far"


def test_without_a_measure_what_the_media_vouches_for_is_all_that_is_known() -> None:
    """The ground for measuring: so little was delivered that a backlog hardly became smaller."""
    unmeasured = Uplink(1_920_000, MEDIA, False, 0.0, 0.0)
    assert after(Allowance(), unmeasured, 60) == 960_000 < MEDIA


def test_the_picture_goes_before_the_backlog_on_a_narrow_link() -> None:
    narrow = Uplink(1_920_000, MEDIA, False, 0.0, 0.0, 1_900_000)
    assert after(Allowance(), narrow, 60) == 1_920_000 - MEDIA


@pytest.mark.parametrize("danger", [Uplink(10**6, 10**5, False, 0.2, 0, 10**7), Uplink(10**6, 10**5, False, 0, 0.2)])
def test_a_queue_or_loss_leaves_a_little_for_ever(danger: Uplink) -> None:
    assert after(Allowance(), danger, 3600) == FLOOR_BPS


def test_the_little_is_less_than_half_of_a_very_narrow_link() -> None:
    assert after(Allowance(), Uplink(20_000, 20_000, True, 0.5, 0.3), 10) == 10_000


def test_danger_halves_what_may_go_afterwards() -> None:
    allowance = Allowance()
    before = after(allowance, CALM, 60)
    danger = Uplink(1_920_000, MEDIA, False, 0.1, 0.0, 8_000_000)
    assert allowance.bps(danger, 161.0) == allowance.bps(danger, 161.1) == FLOOR_BPS
    again = allowance.bps(CALM, 161.3)
    assert again is not None and FLOOR_BPS < again <= before
    for turn in range(20):
        allowance.bps(danger, 163.0 + turn)
    assert after(allowance, CALM, 1, 183.0) <= 2 * FLOOR_BPS, "time and again: it begins from the bottom"


def test_a_reduced_picture_gets_what_is_left_first() -> None:
    assert after(Allowance(), Uplink(1_000_000, 900_000, True, 0, 0, 10**7), 60) == 50_000


@dataclass
class Link:
    """A queue that media and footage share; the estimate sees it, as the agent's does."""

    carries_bps: float
    queue_bits: float = 0.0

    def pass_on(self, bps: float, seconds: float) -> float:
        self.queue_bits = max(0.0, self.queue_bits + (bps - self.carries_bps) * seconds)
        return self.queue_bits / self.carries_bps


def ten_minutes(told_bps: int) -> tuple[float, float]:
    """On 3 Mbit/s that are taken for `told_bps`: the share of the time with a long queue, and bits a second sent."""
    link, allowance, queue_s, late, sent = Link(3_000_000), Allowance(), 0.0, 0, 0.0
    for turn in range(6000):
        uplink = Uplink(1_920_000, MEDIA, False, queue_s, 0.0, told_bps)
        bps = allowance.bps(uplink, turn / 10) or 0
        queue_s = link.pass_on(MEDIA + bps, 0.1)
        late += queue_s > 2 * QUEUE_S
        sent += bps / 10
    return late / 6000, sent / 600


@pytest.mark.parametrize("told_bps", [6_000_000, 60_000_000])
def test_a_measure_that_is_far_too_high_does_not_cost_the_sound(told_bps: int) -> None:
    """What a link with a bucket of tokens looks like."""
    late, bps = ten_minutes(told_bps)
    assert late < 0.01 and bps > 0.1 * 3_000_000


def test_a_measure_that_is_taken_at_its_word_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "RISE_PER_S", 1e6)
    monkeypatch.setattr(budget, "FALL", 1.0)
    assert ten_minutes(60_000_000)[0] > 0.1


def test_a_chunk_is_what_goes_in_a_few_seconds() -> None:
    assert chunk_bytes(None) == MOST_CHUNK_BYTES == chunk_bytes(10**8)
    assert chunk_bytes(FLOOR_BPS) == LEAST_CHUNK_BYTES
    assert chunk_bytes(200_000) == 200_000


def test_over_a_while_the_bucket_gives_its_rate_and_no_burst() -> None:
    bucket, now, sent = Bucket(0.0), 100.0, 0
    while now < 110:
        now += bucket.wait_s(8192, 800_000, now)
        sent += 8192
    assert sent <= 100_000 * 10 + 10_000 + 2 * 8192
