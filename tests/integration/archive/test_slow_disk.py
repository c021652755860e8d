"""A disk that does not keep up (reliability D3): the loop never waits, memory is bounded, the loss is declared."""

import time
from pathlib import Path

from dispatch_server.archive.announcements import FragmentSynced, GapWritten
from dispatch_server.archive.folders import END, read_end
from dispatch_server.archive.limits import PoolLimits
from dispatch_server.media.recording.recorder import TOO_SLOW
from tests.integration.archive.bad_disks import StuckDisk
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import Harness
from tests.waiting import until


def test_a_stuck_disk_costs_a_declared_gap(tmp_path: Path) -> None:
    disk = StuckDisk()
    harness = Harness(tmp_path, disk=disk, pool=PoolLimits(lane_bytes=60_000))
    clip = frames(20, gop=50)
    slowest = 0.0
    for place, frame in enumerate(clip):
        if place >= len(clip) // 2:
            disk.go.set()
            until(lambda: harness.pool.counters.queued_bytes == 0, what="the disk to catch up")
        begun = time.perf_counter()
        harness.recorder.take_frame(frame)
        slowest = max(slowest, time.perf_counter() - begun)
    harness.close()
    counters = harness.pool.counters
    assert counters.most_queued_bytes <= 60_000
    assert counters.refused_jobs > 0
    assert slowest < 0.5
    gaps = [event.gap for event in harness.of(GapWritten)]
    assert gaps and {gap.reason for gap in gaps} == {TOO_SLOW}
    kept_us = sum(event.entry.duration_us for event in harness.of(FragmentSynced))
    assert kept_us + sum(gap.to_utc_us - gap.from_utc_us for gap in gaps) == 20_000_000
    assert all(verdict.problems == () for verdict in harness.verdicts())


def test_all_recordings_together_have_a_bound(tmp_path: Path) -> None:
    disk = StuckDisk()
    harness = Harness(tmp_path, disk=disk, pool=PoolLimits(lane_bytes=10**9, total_bytes=40_000))
    harness.take(frames(10))
    assert harness.pool.counters.most_queued_bytes <= 40_000
    assert harness.recorder.counters.fragments_dropped > 0
    disk.go.set()
    harness.close()


def test_what_is_missing_at_the_end_is_said_as_well(tmp_path: Path) -> None:
    disk = StuckDisk()
    harness = Harness(tmp_path, disk=disk, pool=PoolLimits(lane_bytes=30_000)).take(frames(10, gop=50))
    disk.go.set()
    harness.close(START_US + 10_000_000)
    end = read_end(harness.folder() / END)
    assert end is not None
    last = harness.of(FragmentSynced)[-1].entry
    assert end.missing_from_utc_us == last.utc_us + last.duration_us < START_US + 10_000_000
