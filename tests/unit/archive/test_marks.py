"""What is wrong with made pictures: each fault is seen, and an ordinary picture has none."""

import numpy as np
import pytest

from dispatch_server.archive.marks import FrozenWatch, changed_share, marks_of, middle

CHANCE = np.random.default_rng(11)
SIZE = (180, 320)


def scene(shift: int = 0) -> np.ndarray:
    """Walls, edges, a little texture and sensor noise, as a camera shows a shop."""
    picture = np.full(SIZE, 110.0)
    picture[:, :90] = 70
    picture[100:, :] -= 25
    for left in range(20, 300, 35):
        picture[40:150, left : left + 12] = 60 + left % 140
    picture[60:90, 130 + shift : 160 + shift] = 220
    picture += CHANCE.normal(0, 2, SIZE)
    return np.clip(picture, 0, 255).astype(np.uint8)


def blurred(picture: np.ndarray, times: int) -> np.ndarray:
    soft = picture.astype(np.float64)
    for _ in range(times):
        soft = (np.roll(soft, 1, 0) + np.roll(soft, -1, 0) + np.roll(soft, 1, 1) + np.roll(soft, -1, 1) + soft) / 5
    return soft.astype(np.uint8)


def with_text(picture: np.ndarray) -> np.ndarray:
    """Time and number in the upper and lower edge, as terminals write them."""
    written = picture.copy()
    written[5:20:2, 10:200:3] = 255
    written[-20:-5:2, 10:200:3] = 255
    return written


def test_an_ordinary_picture_has_no_marks() -> None:
    assert marks_of(scene()) == ()
    assert marks_of(with_text(scene())) == ()


@pytest.mark.parametrize("level", [0, 16, 24])
def test_black(level: int) -> None:
    dark = np.clip(CHANCE.normal(level, 3, SIZE), 0, 255).astype(np.uint8)
    assert marks_of(dark) == ("black",)
    assert marks_of(with_text(dark)) == ("black",)


def test_a_night_scene_with_lamps_is_not_black() -> None:
    night = np.full(SIZE, 18, np.uint8)
    night[60:90, 100:140] = 230
    assert "black" not in marks_of(night)


@pytest.mark.parametrize("level", [45, 90, 160])
def test_covered(level: int) -> None:
    slope = np.linspace(-15, 15, SIZE[1])[None, :] + np.zeros(SIZE)
    covered = np.clip(level + slope, 0, 255).astype(np.uint8)
    assert marks_of(covered) == ("covered",)
    assert marks_of(with_text(covered)) == ("covered",)


def test_blurred() -> None:
    assert marks_of(blurred(scene(), 60)) == ("blurred",)
    assert marks_of(with_text(blurred(scene(), 60))) == ("blurred",)


def test_a_slightly_soft_picture_is_not_called_blurred() -> None:
    assert marks_of(blurred(scene(), 1)) == ()


def test_frozen_after_its_time_and_not_before() -> None:
    watch = FrozenWatch(12_000_000, 10)
    still = scene()
    assert [watch.is_frozen("s", still, at * 4_000_000) for at in range(5)] == [False, False, False, True, True]
    assert not watch.is_frozen("s", scene(shift=30), 20_000_000)
    assert not watch.is_frozen("s", scene(shift=30), 24_000_000)


def test_a_quiet_scene_of_a_working_camera_is_not_frozen() -> None:
    watch = FrozenWatch(12_000_000, 10)
    assert not any(watch.is_frozen("s", scene(), at * 4_000_000) for at in range(6))


def test_a_running_clock_does_not_hide_a_frozen_camera() -> None:
    watch = FrozenWatch(12_000_000, 10)
    still = scene()
    found = []
    for at in range(5):
        ticking = still.copy()
        ticking[5:20, 100 + at : 110 + at] = 255
        found.append(watch.is_frozen("s", ticking, at * 4_000_000))
    assert found[-1]


def test_the_watch_remembers_a_bounded_number_of_streams() -> None:
    watch = FrozenWatch(12_000_000, 3)
    for number in range(10):
        watch.is_frozen(f"s{number}", scene(), 0)
    assert len(watch._seen) == 3


def test_pictures_of_different_sizes_have_changed() -> None:
    assert changed_share(middle(scene()), middle(scene()[:90])) == 1.0
