"""Every bound of the archive, with the counters of what went over them."""

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


@dataclass(frozen=True, slots=True)
class PoolLimits:
    threads: int = 2
    lane_bytes: int = 64 << 20  # waiting for the disk, of one recording
    lane_jobs: int = 4096
    total_bytes: int = 256 << 20  # of all


@dataclass(frozen=True, slots=True)
class SpaceLimits:
    alarm_percent: float = 85
    refuse_percent: float = 95
    refuse_bytes: int = 2 << 30
    stop_bytes: int = 512 << 20  # what open recordings leave for the database
    ballast_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class SamplerLimits:
    interval_s: float = 4.0  # 0: never
    width: int = 320
    queue: int = 64
    frozen_s: float = 12.0
    pixels: int = 4096 * 2304  # a larger picture is not decoded
    answer_s: float = 5.0
    restart_s: float = 1.0
    longest_restart_s: float = 60.0


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    recorder: RecorderLimits = RecorderLimits()
    pool: PoolLimits = PoolLimits()
    space: SpaceLimits = SpaceLimits()
    sampler: SamplerLimits = SamplerLimits()
    recordings: int = 200  # open at one time
    tick_s: float = 0.25
    space_s: float = 5.0
    save_s: float = 5.0
    reconcile_s: float = 5.0
    silent_s: float = 15.0  # a live stream of which nothing was kept for so long raises an alarm
    unsaved: int = 10_000  # rows while the database is away
    window_us: int = 2 * 3600 * 1_000_000  # of an open recording, in a playlist
