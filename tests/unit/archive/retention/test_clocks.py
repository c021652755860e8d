"""When the wall clock is believed, and why not."""

from dataclasses import replace

import pytest

from dispatch_server.archive.retention.clocks import DAY_US, Pair, Sight, Tolerance, judge

S = 1_000_000
WALL, UP = 1_790_000_000 * S, 5_000 * S
FIXED = Pair(WALL, UP, "a")
WELL = Sight(Pair(WALL + 3600 * S, UP + 3600 * S, "a"), FIXED, FIXED, WALL + 3590 * S, None)


def why(sight: Sight) -> str:
    return judge(sight, Tolerance()).why_not


def jumped(sight: Sight, seconds: float, head_too: bool = True) -> Sight:
    """The wall clock, and the heads that the ledger signs by it."""
    by = int(seconds * S)
    anchor = (sight.anchor_utc_us or 0) + (by if head_too else 0)
    return replace(sight, now=replace(sight.now, wall_us=sight.now.wall_us + by), anchor_utc_us=anchor)


def test_clocks_that_go_together_are_believed_whatever_the_kernel_says() -> None:
    for synchronised in (None, False, True):
        assert why(replace(WELL, synchronised=synchronised)) == ""
    assert why(jumped(WELL, 119)) == why(jumped(WELL, -119)) == ""


@pytest.mark.parametrize("seconds", [400 * 86_400, -3600, 121, -121])
def test_a_jump_is_seen_also_when_new_heads_carry_it(seconds: float) -> None:
    assert why(jumped(WELL, seconds)) == "jumped"
    assert why(jumped(WELL, seconds, head_too=False)) != "" or abs(seconds) < 300


def test_creeping_in_small_steps_is_a_jump_as_well() -> None:
    """Time is counted from one fixed pair: what was believed last does not move it."""
    crept = jumped(WELL, 200)
    assert why(replace(crept, last=jumped(WELL, 100).now)) == "jumped"


@pytest.mark.parametrize(
    ("anchor", "word"),
    [(None, "no_head"), (WELL.now.wall_us + 121 * S, "before_head"), (WELL.now.wall_us - 301 * S, "head_old")],
)
def test_the_ledgers_head_is_an_anchor(anchor: int | None, word: str) -> None:
    assert why(replace(WELL, anchor_utc_us=anchor)) == word


def test_after_a_boot_it_waits_for_a_time_server() -> None:
    anew = replace(WELL, now=replace(WELL.now, boottime_us=9 * S, boot="b"))
    assert why(anew) == why(replace(anew, synchronised=False)) == "not_synchronised"
    belief = judge(replace(anew, synchronised=True), Tolerance())
    assert belief.believed and belief.fixes
    assert why(replace(anew, fixed=None, last=None)) == "not_synchronised"  # the very first start


def test_after_a_boot_even_a_time_server_is_not_believed_against_what_was_known() -> None:
    anew = replace(WELL, now=replace(WELL.now, boottime_us=9 * S, boot="b"), synchronised=True)
    assert why(jumped(anew, -2 * 3600)) == "went_back"
    assert why(jumped(anew, 400 * 86_400)) == "away_long"
    assert why(jumped(anew, 6 * DAY_US / S)) == ""
