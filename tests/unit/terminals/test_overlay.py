"""What is written into the picture."""

import numpy as np

from terminals.overlay import Overlay, Words, lines_of

MOMENT = 1_795_000_000_123_456


def test_time_is_that_of_the_zone_and_names_that_are_missing_leave_no_gap() -> None:
    words = Words("T0101", "330123", "城关镇")
    assert lines_of(words, MOMENT) == ["2026-11-18 19:06:40.1", "终端 T0101  警号 330123  城关镇"]
    assert lines_of(Words("T0101", utc_offset_hours=0), MOMENT) == ["2026-11-18 11:06:40.1", "终端 T0101"]


def test_chinese_letters_leave_marks_and_the_rest_of_the_picture_is_untouched() -> None:
    def drawn(department: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        picture = np.full((720, 1280, 3), 128, np.uint8)
        Overlay(Words("T0101", department=department)).draw(picture, MOMENT)
        return picture

    with_words, without = drawn("城关镇"), drawn("")
    assert (with_words != without).sum() > 500
    assert (with_words[200:] == 128).all()


def test_a_card_has_the_wanted_size() -> None:
    card = Overlay(Words("T0101")).card(320, 180, "无画面", MOMENT)
    assert card.shape == (180, 320, 3)
    assert card.max() > 200
