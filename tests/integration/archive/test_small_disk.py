"""A real disk that is full to the last byte (reliability D1), and has room again later."""

from pathlib import Path

import pytest

from dispatch_server.archive.announcements import FragmentSynced, GapWritten, WritingResumed, WritingStopped
from tests.faults import able
from tests.faults.full_disk import small_disk
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.harness import Harness

pytestmark = pytest.mark.skipif(bool(able.why_no_mounts()), reason=able.why_no_mounts() or "-")


@pytest.mark.parametrize("left_bytes", [0, 5_000, 13_000])
def test_recording_stops_whole_and_goes_on(tmp_path: Path, left_bytes: int) -> None:
    with small_disk(tmp_path, 4) as disk:
        harness = Harness(disk.folder)
        harness.recorder._send = lambda job: harness.writer.process([job]) or True  # type: ignore[func-returns-value]
        for frame in frames(14, gop=50):
            if frame.utc_us == START_US + 4_000_000:
                disk.fill(left_bytes)
            if frame.utc_us == START_US + 9_000_000:
                disk.empty()
            harness.recorder.take_frame(frame)
        harness.close(START_US + 14_000_000)
        (stopped,) = harness.of(WritingStopped)
        assert stopped.full and len(harness.of(WritingResumed)) == 1
        (written,) = harness.of(GapWritten)
        kept_us = sum(event.entry.duration_us for event in harness.of(FragmentSynced))
        assert kept_us + written.gap.to_utc_us - written.gap.from_utc_us == 14_000_000
        assert written.gap.to_utc_us <= START_US + 10_000_000  # the next key frame after there was room
        for verdict in harness.verdicts():
            assert verdict.problems == () and verdict.tail == b"" and verdict.head is not None
            assert (harness.folder() / verdict.head.file).stat().st_size == verdict.end
