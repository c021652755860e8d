"""A made-up street for terminals without a camera: it moves, differs for each terminal, and says its number."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from terminals import counter_strip

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 1280, 720
_HORIZON = 430
_CAPTION = 58


@dataclass(frozen=True, slots=True)
class Caption:
    terminal: str
    department: str


class Scene:
    """Draws frame n of a street; everything repeats after `frames`, so that a clip has no seam."""

    def __init__(self, caption: Caption, frames: int, seed: int) -> None:
        self._caption = caption
        self._frames = frames
        chance = np.random.default_rng(seed)
        self._hue = int(chance.integers(0, 180))
        self._shops = [
            (
                int(chance.integers(110, 230)),
                int(chance.integers(150, 280)),
                tuple(chance.integers(60, 190, 3).tolist()),
            )
            for _ in range(12)
        ]
        speckle = chance.normal(0, 16, (HEIGHT - _HORIZON, WIDTH // 2)).astype(np.float32)
        road = cv2.resize(speckle, (WIDTH, HEIGHT - _HORIZON), interpolation=cv2.INTER_LINEAR)
        self._road = np.clip(road[..., None] + np.array([96, 92, 90], np.float32), 0, 255).astype(np.uint8)
        self._font = cv2.FontFace("sans")
        self._still = self._draw_still()

    def _make_sky(self) -> Picture:
        ramp = np.linspace(0, 1, _HORIZON, dtype=np.float32)[:, None]
        hsv = np.zeros((_HORIZON, 1, 3), np.uint8)
        hsv[..., 0] = self._hue
        hsv[..., 1] = (90 * (1 - ramp)).astype(np.uint8)
        hsv[..., 2] = (150 + 90 * ramp).astype(np.uint8)
        return np.repeat(cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR), WIDTH, axis=1)

    def draw(self, number: int) -> Picture:
        """The picture number `number`, BGR."""
        phase = (number % self._frames) / self._frames
        picture: Picture = self._still.copy()
        shift = int(phase * WIDTH)
        road = picture[_HORIZON : HEIGHT - _CAPTION]
        road[:, shift:] = self._road[: len(road), : WIDTH - shift]
        road[:, :shift] = self._road[: len(road), WIDTH - shift :]
        self._draw_traffic(picture, phase)
        self._draw_number(picture, number)
        counter_strip.draw(picture, number)
        return picture

    def _draw_still(self) -> Picture:
        """All that does not move, drawn once."""
        picture: Picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        picture[:_HORIZON] = self._make_sky()
        self._draw_shops(picture)
        text = f"{self._caption.terminal}  {self._caption.department}"
        cv2.rectangle(picture, (0, HEIGHT - _CAPTION), (WIDTH, HEIGHT), (30, 30, 30), -1)
        cv2.putText(picture, text, (24, HEIGHT - 18), (240, 240, 240), self._font, 34)
        return picture

    def _draw_shops(self, picture: Picture) -> None:
        left = 0
        for width, height, colour in self._shops:
            right = min(WIDTH, left + width)
            cv2.rectangle(picture, (left, _HORIZON - height), (right - 6, _HORIZON), colour, -1)
            cv2.rectangle(picture, (left + 12, _HORIZON - 92), (right - 18, _HORIZON - 8), (205, 215, 220), -1)
            cv2.rectangle(picture, (left + 6, _HORIZON - 128), (right - 12, _HORIZON - 98), (40, 50, 150), -1)
            left = right
            if left >= WIDTH:
                break

    def _draw_traffic(self, picture: Picture, phase: float) -> None:
        for lane, (start, laps, colour) in enumerate(((0.1, 1, (60, 60, 200)), (0.55, 2, (190, 130, 50)))):
            x = int(((start + laps * phase) % 1.0) * (WIDTH + 260)) - 260
            y = _HORIZON + 70 + lane * 95
            cv2.rectangle(picture, (x, y - 46), (x + 220, y + 20), colour, -1)
            cv2.rectangle(picture, (x + 40, y - 90), (x + 170, y - 44), colour, -1)
            for wheel in (x + 48, x + 172):
                cv2.circle(picture, (wheel, y + 22), 24, (25, 25, 25), -1)
        step = np.sin(phase * 2 * np.pi * 8)
        x = int(WIDTH * 0.5 + 380 * np.sin(phase * 2 * np.pi))
        cv2.circle(picture, (x, _HORIZON + 60), 20, (120, 160, 215), -1)
        cv2.rectangle(picture, (x - 22, _HORIZON + 82), (x + 22, _HORIZON + 165), (90, 70, 40), -1)
        for side in (-1, 1):
            cv2.line(picture, (x, _HORIZON + 165), (x + int(side * 22 * step), _HORIZON + 230), (40, 40, 40), 12)

    def _draw_number(self, picture: Picture, number: int) -> None:
        text = f"{number % self._frames:04d}"
        cv2.putText(picture, text, (WIDTH - 140, HEIGHT - 18), (120, 230, 250), self._font, 34)
        # A flash in step with the tone shows whether picture and sound belong together.
        if number % 25 < 3:
            cv2.circle(picture, (WIDTH - 60, 50), 30, (250, 250, 250), -1)
