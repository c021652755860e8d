"""Bounds of what is made from recordings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DerivativeLimits:
    longest_s: int = 3600  # of a clip
    longest_marked_s: int = 600  # it is decoded and encoded
    waiting: int = 100
    look_s: float = 5.0
    making_s: float = 3600.0  # of one
    feeding_bytes: int = 256 << 20  # of one fragment
    output_bytes: int = 4 << 30
