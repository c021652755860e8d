"""A recorder, its pool and its files in a folder: what the archive's tests drive frames through."""

import time
from collections.abc import Sequence
from pathlib import Path

import av

from dispatch_server.archive.announcements import Announcement
from dispatch_server.archive.disk import Disk, LocalDisk
from dispatch_server.archive.folders import folder_of, index_name, media_name, segment_numbers
from dispatch_server.archive.limits import PoolLimits
from dispatch_server.archive.model import Card
from dispatch_server.archive.pool import WriterPool
from dispatch_server.archive.writer import RecordingWriter
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.media.sink import Frame
from dispatch_server.protocol.footage import Verdict, verify_segment
from tests.integration.archive.clips import START_US


class Harness:
    """One recording of one stream. `close` waits until all is written."""

    def __init__(
        self,
        *roots: Path,
        disk: Disk | None = None,
        recorder: RecorderLimits | None = None,
        pool: PoolLimits | None = None,
        identity: str = "recording-1",
        layers: tuple[Layer, ...] = (Layer.MAIN, Layer.SUB),
    ) -> None:
        self.card = Card(identity, "stream-1", "T-01", "county/market", START_US)
        self.roots = roots
        self.events: list[Announcement] = []
        self.failures: list[Exception] = []
        self.room = [True] * len(roots)
        self.pool = WriterPool(pool or PoolLimits())
        self.pool.open()
        self.writer = RecordingWriter(
            self.card, roots, disk or LocalDisk(), lambda root: self.room[root], self.events.extend
        )
        self.lane = self.pool.open_lane(self.writer.process, self.failures.append)
        self.recorder = Recorder(recorder or RecorderLimits(), self.lane.put, layers)

    def take(self, frames: Sequence[Frame]) -> "Harness":
        for frame in frames:
            self.recorder.take_frame(frame)
        return self

    def close(self, utc_us: int = START_US, reason: str = "ended") -> "Harness":
        self.recorder.close(utc_us, reason)
        self.pool.close()
        assert self.failures == []
        return self

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def folder(self, root: int = 0) -> Path:
        return self.roots[root] / folder_of(self.card)

    def verdicts(self, root: int = 0) -> list[Verdict]:
        return verdicts(self.folder(root))


def verdicts(folder: Path) -> list[Verdict]:
    """Every segment of a folder, checked byte by byte."""
    found = []
    for number in segment_numbers(folder):
        media = (folder / media_name(number)).read_bytes()
        index = (folder / index_name(number)).read_bytes()
        found.append(verify_segment(index, lambda at, size, data=media: data[at : at + size]))
    return found


def decoded(path: Path) -> tuple[list[float], int]:
    """Presentation times of all pictures in seconds, and the number of decoded sound samples."""
    with av.open(str(path)) as container:
        pictures = [frame.time for frame in container.decode(video=0)] if container.streams.video else []
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0)) if container.streams.audio else 0
    return pictures, samples


def cpu_s() -> float:
    return time.process_time()
