"""Half of the uplink on air, nothing while sound is in danger, all of it off air."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminals.master.budget import Bucket, Uplink, allowance_bps


def test_off_air_it_goes_as_fast_as_it_can() -> None:
    assert allowance_bps(None, 0) is None
    assert allowance_bps(None, 500) == 500


@given(
    st.builds(
        Uplink, st.integers(0, 10**8), st.integers(0, 10**8), st.booleans(), st.floats(0, 1), st.floats(0, 1)
    ),
    st.integers(0, 10**6),
)  # fmt: skip
def test_never_more_than_half_on_air(uplink: Uplink, most: int) -> None:
    bps = allowance_bps(uplink, most)
    assert bps is not None and 0 <= bps <= uplink.allowed_bps / 2
    assert not most or bps <= most


@pytest.mark.parametrize("uplink", [Uplink(10**6, 10**5, False, 0.2, 0), Uplink(10**6, 10**5, False, 0, 0.2)])
def test_a_queue_or_loss_stops_it(uplink: Uplink) -> None:
    assert allowance_bps(uplink, 0) == 0


def test_a_reduced_picture_gets_what_is_left_first() -> None:
    assert allowance_bps(Uplink(1_000_000, 900_000, True, 0, 0), 0) == 50_000
    assert allowance_bps(Uplink(1_000_000, 900_000, False, 0, 0), 0) == 500_000


def test_over_a_while_the_bucket_gives_its_rate_and_no_burst() -> None:
    bucket, now, sent = Bucket(0.0), 100.0, 0
    while now < 110:
        now += bucket.wait_s(8192, 800_000, now)
        sent += 8192
    assert sent <= 100_000 * 10 + 10_000 + 2 * 8192
