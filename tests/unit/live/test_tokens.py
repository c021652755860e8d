"""Media tokens: their strength, their binding, their one use, their end."""

import random

import pytest

from dispatch_server.live.refusals import TokenElsewhere, TokenRefused, TooManySessions
from dispatch_server.live.tokens import Direction, MediaToken, TokenBox, digest_of, fingerprints_in, same
from dispatch_server.media.abilities import Fingerprint
from tests.unit.live.fakes import FINGERPRINT, OFFER

BOUND = Fingerprint("sha-256", FINGERPRINT.partition(" ")[2])


def new_box(capacity: int = 10) -> TokenBox:
    return TokenBox(random.Random(1).randbytes, life_s=60, capacity=capacity)


def test_a_token_has_256_random_bits_and_is_kept_as_a_digest_only() -> None:
    box = new_box()
    first, second = (box.issue(Direction.WATCH, "s1", "desk", None, 0) for _ in range(2))
    assert first != second
    assert len(first.removeprefix("mt_")) == 43
    assert first not in repr(box)


def test_a_token_is_found_until_it_is_used_or_too_old() -> None:
    box = new_box()
    token = box.issue(Direction.WATCH, "s1", "desk", None, 0)
    assert box.find(digest_of(token), 59.9).target == "s1"
    with pytest.raises(TokenRefused):
        box.find(digest_of(token), 60)
    box.use_up(digest_of(token))
    with pytest.raises(TokenRefused):
        box.find(digest_of(token), 1)


def test_direction_target_and_certificate_must_be_those_of_the_token() -> None:
    token = MediaToken(Direction.PUBLISH, "T0101", "desk", 60, BOUND)
    token.check(Direction.PUBLISH, "T0101", OFFER)
    token.check(Direction.PUBLISH, "T0101", OFFER.lower().replace("sha", "SHA"))
    for direction, target, offer in [
        (Direction.WATCH, "T0101", OFFER),
        (Direction.PUBLISH, "T0102", OFFER),
        (Direction.PUBLISH, "T0101", OFFER.replace("AB:", "AC:", 1)),
        (Direction.PUBLISH, "T0101", "v=0\r\n"),
        (Direction.PUBLISH, "T0101", OFFER + "a=fingerprint:sha-256 CD:CD\r\n"),
    ]:
        with pytest.raises(TokenElsewhere):
            token.check(direction, target, offer)


def test_fingerprints_are_read_wherever_they_stand() -> None:
    text = "a=fingerprint:SHA-256 aa:bb\nm=audio\n a=fingerprint:sha-256 AA:BB \n"
    assert fingerprints_in(text) == {Fingerprint("sha-256", "AA:BB")}


def test_tokens_are_bounded_and_the_old_ones_make_room() -> None:
    box = new_box(capacity=2)
    for _ in range(2):
        box.issue(Direction.WATCH, "s1", "desk", None, 0)
    with pytest.raises(TooManySessions):
        box.issue(Direction.WATCH, "s1", "desk", None, 1)
    assert box.refused == 1
    box.issue(Direction.WATCH, "s1", "desk", None, 60)
    assert len(box) == 1


def test_whoever_signs_out_leaves_no_token_behind() -> None:
    box = new_box()
    kept = box.issue(Direction.WATCH, "s1", "other", None, 0)
    box.issue(Direction.WATCH, "s1", "desk", None, 0)
    box.withdraw("desk")
    assert len(box) == 1
    assert box.find(digest_of(kept), 1)


def test_one_holder_cannot_fill_the_box() -> None:
    box = TokenBox(random.Random(1).randbytes, capacity=10, of_terminal=3, of_sign_in=5)
    terminal = [box.issue(Direction.PUBLISH, "T0101", "terminal:T0101:k", None, 0) for _ in range(50)]
    desk = [box.issue(Direction.WATCH, "s1", "desk", None, 0) for _ in range(50)]
    other = box.issue(Direction.WATCH, "s1", "other", None, 0)
    assert (len(box), box.refused) == (9, 0)
    for token in (*terminal[-3:], *desk[-5:], other):
        assert box.find(digest_of(token), 1)
    for token in (terminal[-4], desk[-6]):
        with pytest.raises(TokenRefused):
            box.find(digest_of(token), 1)
    box.sweep(60)
    assert (len(box), box._held) == (0, {})


def test_nothing_equals_an_empty_digest() -> None:
    assert not same(b"", b"")
    assert same(digest_of("a"), digest_of("a"))
    assert digest_of("\ud800")  # a lone surrogate is somebody's garbage, not our crash
