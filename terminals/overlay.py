"""What is written into the picture: time, terminal, officer. OpenCV brings the Chinese letters with it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
_WHITE, _BLACK, _GREY = (245, 245, 245), (10, 10, 10), (40, 40, 40)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHARE = 26  # a line takes this part of the picture's height
WEIGHT = 600
TOP = 0.085  # below the counter of a made-up scene


@dataclass(frozen=True, slots=True)
class Words:
    """What is known of who carries the terminal; empty parts are left out."""

    terminal: str
    officer: str = ""
    department: str = ""
    utc_offset_hours: float = 8.0


def lines_of(words: Words, utc_us: int) -> list[str]:
    """The lines at one moment, from the top."""
    zone = timezone(timedelta(hours=words.utc_offset_hours))
    moment = (_EPOCH + timedelta(microseconds=utc_us)).astimezone(zone)
    who = [f"终端 {words.terminal}", f"警号 {words.officer}" if words.officer else "", words.department]
    return [
        f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 100_000}",
        "  ".join(part for part in who if part),
    ]


class Overlay:
    """Draws in place. One thread only: the font keeps what it has drawn."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._font = cv2.FontFace("sans")

    def draw(self, picture: Picture, utc_us: int) -> None:
        """Time and names, at the top left, readable on any ground."""
        size = max(12, picture.shape[0] // SHARE)
        for number, line in enumerate(lines_of(self._words, utc_us), 1):
            top = round(picture.shape[0] * TOP)
            self._write(picture, line, round(picture.shape[1] * 0.02), top + round(number * size * 1.3), size)

    def card(self, width: int, height: int, message: str, utc_us: int) -> Picture:
        """A picture in place of the camera's, that says why there is none."""
        picture: Picture = np.full((height, width, 3), _GREY, np.uint8)
        self._write(picture, message, width // 12, height // 2, max(12, height // 18))
        self.draw(picture, utc_us)
        return picture

    def _write(self, picture: Picture, line: str, x: int, y: int, size: int) -> None:
        edge = max(1, size // 16)
        for dx, dy in ((-edge, 0), (edge, 0), (0, -edge), (0, edge)):
            cv2.putText(picture, line, (x + dx, y + dy), _BLACK, self._font, size, WEIGHT)
        cv2.putText(picture, line, (x, y), _WHITE, self._font, size, WEIGHT)
