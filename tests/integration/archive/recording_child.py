"""A process that records as fast as it can and prints what was announced, until it is killed."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dispatch_server.archive.announcements import Announcement, FragmentSynced
from dispatch_server.archive.disk import AppendFile, LocalDisk, LocalFile
from dispatch_server.archive.model import Card
from dispatch_server.archive.writer import RecordingWriter
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.jobs import Job
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.media.sink import Frame
from tests.integration.archive.clips import START_US, frames

CLIP_US = 4_000_000


class HastyFile(LocalFile):
    """Holds bytes back in this process and calls nothing durable: what a writer must not do."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._held = b""

    def append(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > 150_000:
            super().append(self._held)
            self._held = b""

    def sync(self) -> None:
        pass


class HastyDisk(LocalDisk):
    def create(self, path: Path) -> AppendFile:
        return HastyFile(path)


def announce(events: Sequence[Announcement]) -> None:
    for event in events:
        if isinstance(event, FragmentSynced):
            os.write(1, f"{event.entry.number} {event.digest.hex()}\n".encode())


def later(frame: Frame, rounds: int) -> Frame:
    ticks = frame.ticks + rounds * CLIP_US * (90 if frame.kind == "video" else 48) // 1000
    return Frame(
        frame.kind, frame.layer, ticks, frame.utc_us + rounds * CLIP_US, frame.data,
        frame.is_key, frame.parameter_sets, False,
    )  # fmt: skip


def main() -> None:
    root, manner = Path(sys.argv[1]), sys.argv[2]
    disk = HastyDisk() if manner == "hasty" else LocalDisk()
    card = Card("recording-1", "stream-1", "T-01", "county", START_US)
    writer = RecordingWriter(card, [root], disk, lambda _: True, announce)

    def send(job: Job) -> bool:
        writer.process([job])
        return True

    recorder = Recorder(RecorderLimits(segment_us=9_000_000), send, (Layer.MAIN,))
    clip = frames(4, gop=50, size=(640, 360))
    for rounds in range(1000):
        for frame in clip:
            recorder.take_frame(later(frame, rounds))


if __name__ == "__main__":
    main()
