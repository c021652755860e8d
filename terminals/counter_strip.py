"""The frame counter as black and white blocks in the picture: written by the simulator, read back by the tests."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

BITS = 12
# The strip: a white and a black block for the levels, the bits from the highest on, then even parity.
BLOCKS = BITS + 3
# Where it stands, in shares of the picture, so that it survives scaling.
LEFT, TOP, WIDTH, HEIGHT = 0.02, 0.02, 0.5, 0.06


def draw(picture: Picture, number: int) -> None:
    """Write `number` modulo 2^BITS into the picture (BGR or grey), in place."""
    number %= 1 << BITS
    bits = [1, 0, *((number >> shift) & 1 for shift in range(BITS - 1, -1, -1)), number.bit_count() & 1]
    for index, bit in enumerate(bits):
        left, right, top, bottom = _block(picture.shape, index)
        cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), (235,) * 3 if bit else (20,) * 3, -1)


def read(picture: Picture) -> int | None:
    """The number in the picture, or None where there is no strip that holds."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    levels = []
    for index in range(BLOCKS):
        left, right, top, bottom = _block(grey.shape, index)
        inset_x, inset_y = max(1, (right - left) // 4), max(1, (bottom - top) // 4)
        levels.append(float(grey[top + inset_y : bottom - inset_y, left + inset_x : right - inset_x].mean()))
    white, black = levels[0], levels[1]
    if white - black < 60:
        return None
    middle = (white + black) / 2
    bits = [int(level > middle) for level in levels[2:]]
    number = 0
    for bit in bits[:BITS]:
        number = number << 1 | bit
    return number if number.bit_count() & 1 == bits[BITS] else None


def _block(shape: tuple[int, ...], index: int) -> tuple[int, int, int, int]:
    height, width = shape[:2]
    step = width * WIDTH / BLOCKS
    left = width * LEFT + index * step
    return round(left), round(left + step), round(height * TOP), round(height * (TOP + HEIGHT))
