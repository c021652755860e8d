"""Loss, order, repetition and unbelievable numbers of one source; when to ask for what."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.track.gaps import (
    ASK_AT_ONCE,
    DROPOUT,
    LIVE_AGE_S,
    MOST_MISSING,
    MOST_TRIES,
    PATIENT_AGE_S,
    REORDER_WAIT_S,
    Gaps,
)


def started(at: int = 1000) -> Gaps:
    gaps = Gaps()
    assert gaps.accept(at, 0.0) == at
    return gaps


class TestNumbers:
    def test_in_order_over_the_end_of_16_bits(self) -> None:
        gaps = Gaps()
        extended = [gaps.accept(number & 0xFFFF, 0.0) for number in range(65_000, 66_000)]
        assert extended == list(range(65_000, 66_000))
        assert (gaps.received, gaps.lost, gaps.duplicate) == (1000, 0, 0)

    def test_the_very_first_may_be_zero(self) -> None:
        gaps = Gaps()
        assert [gaps.accept(number, 0.0) for number in (0, 1, 2)] == [0, 1, 2]

    def test_late_ones_over_the_end_of_16_bits(self) -> None:
        gaps = started(65_534)
        assert gaps.accept(1, 0.0) == 65_537
        assert gaps.accept(65_535, 0.0) == 65_535
        assert gaps.accept(0, 0.0) == 65_536
        assert gaps.missing == 0

    def test_twice_is_once(self) -> None:
        gaps = started()
        assert gaps.accept(1000, 0.0) is None
        assert gaps.accept(1002, 0.0) == 1002
        assert gaps.accept(1001, 0.0) == 1001
        assert gaps.accept(1001, 0.0) is None
        assert gaps.duplicate == 2

    def test_one_that_overtook_the_first_belongs_to_the_stream(self) -> None:
        gaps = started(1000)
        assert gaps.accept(997, 0.0) == 997
        assert gaps.accept(999, 0.0) == 999
        assert gaps.base == 997
        assert gaps.lost_now(1.0 * REORDER_WAIT_S) == [998]
        assert gaps.accept(700, 0.0) is None  # that is too far

    @settings(max_examples=50)
    @given(st.integers(0, 65_535), st.integers(0, 2**32))
    def test_every_packet_is_accepted_once_whatever_the_order(self, first: int, seed: int) -> None:
        chance = random.Random(seed)
        gaps = Gaps()
        arrivals = [number + first for number in range(300)]
        arrivals = sorted(arrivals, key=lambda number: number + chance.uniform(0, 40))
        arrivals += [chance.choice(arrivals) for _ in range(50)]
        taken = [gaps.accept(number & 0xFFFF, 0.0) for number in arrivals]
        numbers = [number for number in taken if number is not None]
        assert sorted(numbers) == list(range(min(numbers), min(numbers) + 300))
        assert gaps.duplicate == 50
        assert gaps.missing == 0


class TestJumps:
    def test_a_jump_is_believed_when_the_next_packet_confirms_it(self) -> None:
        gaps = started(1000)
        assert gaps.accept(1000 + DROPOUT + 1, 0.0) is None
        assert gaps.accept(1000 + DROPOUT + 2, 0.0) == 1000 + DROPOUT + 2
        assert gaps.resets == 1
        assert gaps.missing == 0
        assert gaps.take_key_frame_wish()
        assert not gaps.take_key_frame_wish()

    def test_a_jump_back_goes_on_growing(self) -> None:
        gaps = started(30_000)
        assert gaps.accept(20_000, 0.0) is None
        assert gaps.accept(20_001, 0.0) == 65_536 + 20_001

    def test_a_stray_number_changes_nothing(self) -> None:
        gaps = started(1000)
        assert gaps.accept(40_000, 0.0) is None
        assert gaps.accept(1001, 0.0) == 1001
        assert gaps.accept(50_000, 0.0) is None
        assert gaps.accept(1002, 0.0) == 1002
        assert (gaps.on_probation, gaps.lost, gaps.resets) == (2, 0, 0)

    def test_a_repair_packet_confirms_nothing(self) -> None:
        gaps = started(1000)
        assert gaps.accept(40_000, 0.0) is None
        assert gaps.accept(40_001, 0.0, True) is None
        assert gaps.accept(40_002, 0.0) is None
        assert gaps.accept(40_003, 0.0) == 40_003

    def test_many_missing_are_forgotten_and_a_key_frame_is_wished(self) -> None:
        gaps = started(1000)
        assert gaps.accept(1001 + MOST_MISSING + 1, 0.0) == 1001 + MOST_MISSING + 1
        assert gaps.missing == 0
        assert gaps.lost == gaps.given_up == MOST_MISSING + 1
        assert gaps.take_key_frame_wish()
        assert gaps.deadline() is None


class TestAsking:
    def test_waits_for_packets_that_only_changed_places(self) -> None:
        gaps = started(1)
        gaps.accept(4, 1.0)
        assert gaps.deadline() == pytest.approx(1.0 + REORDER_WAIT_S)
        assert gaps.lost_now(1.01) == []
        gaps.accept(2, 1.012)
        assert gaps.lost_now(1.02) == [3]

    def test_nothing_is_asked_when_all_came(self) -> None:
        gaps = started(1)
        gaps.accept(3, 1.0)
        gaps.accept(2, 1.001)
        assert gaps.deadline() is None
        assert gaps.lost_now(2.0) == []
        assert (gaps.lost, gaps.recovered) == (1, 0)

    def test_asks_again_every_round_trip_and_counts_what_was_repaired(self) -> None:
        gaps = started(1)
        gaps.round_trip_s = 0.2
        gaps.accept(3, 1.0)
        assert gaps.lost_now(1.02) == [2]
        assert gaps.lost_now(1.1) == []
        assert gaps.lost_now(1.23) == [2]
        assert gaps.accept(2, 1.3, True) == 2
        assert (gaps.lost, gaps.recovered, gaps.given_up, gaps.received) == (1, 1, 0, 3)

    def test_a_short_round_trip_is_not_shorter_than_40_ms(self) -> None:
        gaps = started(1)
        gaps.round_trip_s = 0.001
        gaps.accept(3, 1.0)
        asked = [now / 1000 for now in range(1000, 1200) if gaps.lost_now(now / 1000)]
        assert all(later - earlier >= 0.04 for earlier, later in itertools.pairwise(asked))
        assert len(asked) >= 4

    def test_gives_up_after_ten_tries(self) -> None:
        gaps = started(1)
        gaps.round_trip_s = 0.04
        gaps.accept(3, 1.0)
        asked = sum(len(gaps.lost_now(now / 1000)) for now in range(1000, 2000, 5))
        assert asked == MOST_TRIES
        assert gaps.missing == 0
        assert gaps.given_up == 1
        assert gaps.take_key_frame_wish()

    @pytest.mark.parametrize(("patient", "age_s"), [(False, LIVE_AGE_S), (True, PATIENT_AGE_S)])
    def test_gives_up_what_is_too_old(self, patient: bool, age_s: float) -> None:
        gaps = started(1)
        gaps.patient = patient
        gaps.round_trip_s = 0.45
        gaps.accept(3, 1.0)
        now = 1.0
        while gaps.missing:
            now = gaps.deadline() or pytest.fail("missing, but never due")
            gaps.lost_now(now)
        assert age_s <= now - 1.0 <= age_s + 0.45

    def test_a_source_without_repair_is_only_given_time(self) -> None:
        gaps = started(1)
        gaps.accept(3, 1.0)
        gaps.give_up_old(1.5)
        assert gaps.missing == 1
        gaps.give_up_old(2.0)
        assert gaps.missing == 0
        assert gaps.take_key_frame_wish()
        assert gaps.deadline() is None

    def test_one_question_fits_a_datagram_the_rest_follows(self) -> None:
        gaps = started(0)
        for number in range(2, 1000, 2):
            gaps.accept(number, 1.0)
        first, second = gaps.lost_now(1.02), gaps.lost_now(1.021)
        assert len(first) == ASK_AT_ONCE
        assert sorted(first + second) == list(range(1, 999, 2))

    @settings(max_examples=30, deadline=None)
    @given(st.floats(0.0, 0.3), st.integers(0, 2**32))
    def test_repair_over_a_lossy_way_there_and_back(self, loss: float, seed: int) -> None:
        """RTT 100 ms: what is missing at the end is what ten rounds lost, and every counter adds up."""
        chance = random.Random(seed)
        gaps = started(0)
        gaps.patient = True
        coming: list[tuple[float, int, bool]] = []
        for step in range(1, 1500):
            now = step * 0.005
            if step < 1000 and chance.random() >= loss:
                coming.append((now, step, False))
            for sequence in gaps.lost_now(now):
                if chance.random() >= loss and chance.random() >= loss:
                    coming.append((now + 0.1, sequence, True))
            arrived = [entry for entry in coming if entry[0] <= now]
            coming = [entry for entry in coming if entry[0] > now]
            for at, sequence, repair in arrived:
                gaps.accept(sequence & 0xFFFF, at, repair)
        assert gaps.missing == 0
        assert gaps.received == gaps.highest + 1 - gaps.given_up
        assert gaps.given_up <= 12  # 0.3 · (1 − 0.49)^10 of a thousand is 0.4
        assert gaps.recovered <= gaps.lost
