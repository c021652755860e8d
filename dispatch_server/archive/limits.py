"""Every bound of the archive, with the counters of what went over them."""

from dataclasses import dataclass, field

from dispatch_server.media.recording.limits import RecorderLimits


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
    recorder: RecorderLimits = field(default_factory=RecorderLimits)
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
