"""What is wrong with a picture, from its brightness alone: black, covered, blurred, frozen (pure; numpy arrays)."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# A terminal writes time and number into the upper and lower edge: those bands say nothing about the lens.
BAND = 0.15
# Black: hardly any light anywhere (video black is 16 of 255 when a decoder leaves the range as it is).
BLACK_MEAN, BLACK_BRIGHTEST = 28.0, 48.0
# Covered: light, but next to no edges and little contrast: a hand, a pocket, a cloth before the lens.
EDGE_STEP, COVERED_EDGES, COVERED_CONTRAST = 10.0, 0.003, 20.0
# Blurred: there is contrast, but it is all in slow slopes: second differences are small against it. At 320 pixels
# a sharp scene has 0.2 to 0.4, one that is out of focus by 1.5 pixels 0.02.
BLURRED_CONTRAST, BLURRED_SHARPNESS = 12.0, 0.018
# Frozen: next to no pixel differs from an earlier picture; a running clock in the picture changes fewer than this.
CHANGED_STEP, FROZEN_CHANGED = 2.0, 0.005

Gray = NDArray[np.float32]


def middle(gray: NDArray[Any]) -> Gray:
    """The picture without the bands that carry text."""
    cut = int(gray.shape[0] * BAND)
    inner = gray[cut : gray.shape[0] - cut] if cut else gray
    return inner.astype(np.float32)


def is_black(inner: Gray) -> bool:
    return bool(inner.mean() < BLACK_MEAN and np.percentile(inner, 99) < BLACK_BRIGHTEST)


def edge_share(inner: Gray) -> float:
    """Share of the pixels at which brightness jumps to the neighbour on the right or below."""
    across = np.abs(np.diff(inner, axis=1))[:-1, :]
    down = np.abs(np.diff(inner, axis=0))[:, :-1]
    return float((np.maximum(across, down) > EDGE_STEP).mean())


def sharpness(inner: Gray) -> float:
    """Power of the second differences (discrete Laplacian) against that of the picture itself."""
    power = float(inner.var())
    if power == 0:
        return 0.0
    second = (
        inner[1:-1, :-2] + inner[1:-1, 2:] + inner[:-2, 1:-1] + inner[2:, 1:-1] - 4 * inner[1:-1, 1:-1]
    )  # fmt: skip
    return float(second.var()) / power


def marks_of(gray: NDArray[Any]) -> tuple[str, ...]:
    """Marks that one picture shows by itself; a black one says nothing more."""
    inner = middle(gray)
    if is_black(inner):
        return ("black",)
    contrast = float(inner.std())
    if contrast < COVERED_CONTRAST and edge_share(inner) < COVERED_EDGES:
        return ("covered",)
    if contrast >= BLURRED_CONTRAST and sharpness(inner) < BLURRED_SHARPNESS:
        return ("blurred",)
    return ()


def changed_share(before: Gray, after: Gray) -> float:
    if before.shape != after.shape:
        return 1.0
    return float((np.abs(before - after) > CHANGED_STEP).mean())


@dataclass(slots=True)
class _Seen:
    picture: Gray
    since_us: int


class FrozenWatch:
    """Which picture each stream shows, and since when; streams that were not seen for longest are forgotten."""

    def __init__(self, frozen_us: int, streams: int) -> None:
        self._frozen_us = frozen_us
        self._streams = streams
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def is_frozen(self, stream_id: str, gray: NDArray[Any], utc_us: int) -> bool:
        inner = middle(gray)
        seen = self._seen.get(stream_id)
        if seen is None or utc_us < seen.since_us or changed_share(seen.picture, inner) >= FROZEN_CHANGED:
            self._seen[stream_id] = _Seen(inner, utc_us)
            self._seen.move_to_end(stream_id)
            while len(self._seen) > self._streams:
                self._seen.popitem(last=False)
            return False
        self._seen.move_to_end(stream_id)
        return utc_us - seen.since_us >= self._frozen_us
