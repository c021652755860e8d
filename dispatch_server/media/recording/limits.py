"""The bounds of one recording in the making, with the counters of what went over them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecorderLimits:
    fragment_us: int = 1_000_000
    fragment_bytes: int = 8 << 20  # a fragment that grows beyond this is cut early
    segment_us: int = 600_000_000
    gap_us: int = 2_000_000  # silence of picture and sound that is declared
    apart_us: int = 10_000_000  # picture and sound that differ by more are not of one clock
    picture_wait_us: int = 3_000_000  # sound alone for so long becomes a segment without picture
    keeps_sound_alone: bool = True  # False for a layer beside another one that keeps it
    short_sound_us: int = 1_000_000  # less sound than this before the first picture is not kept
    late_sound_us: int = 1_000_000  # sound may come so much after the picture of its time
    late_picture_us: int = 300_000
    slip_ticks: int = 9_600  # sound that runs 200 ms late begins a new segment
    slip_us: int = 10_000_000  # but not more often than this
    tick_s: float = 1.2  # a fragment that no frame ends is ended by the clock


@dataclass(slots=True)
class RecorderCounters:
    pictures_unusable: int = 0  # before a key frame with its parameter sets
    sound_dropped: int = 0
    fragments_dropped: int = 0  # the writer's queue was full
    bytes_dropped: int = 0
