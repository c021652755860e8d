"""Jobs and a writer for tests of a master's files: seconds of sound, no encoder, any disk."""

import os
from pathlib import Path

from dispatch_server.media.recording.fmp4 import Run
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, Job, KeepFragment
from dispatch_server.protocol.footage import FragmentEntry
from dispatch_server.protocol.masters import MasterCard
from terminals.device_key import DeviceKey
from terminals.master.disk import Disk, OwnDisk
from terminals.master.sealing import seal_folder
from terminals.master.writer import MasterWriter, Place
from tests.integration.terminals.footage import ServerSide

START_US, SECOND = 1_700_000_000_000_000, 1_000_000
ID = "01234567-89ab-7abc-8abc-0123456789ab"
# No track run holds a duration of less than nothing.
IMPOSSIBLE = KeepFragment(START_US + 3 * SECOND, SECOND, False, False, None, Run(0, [b"\xf8"], [-1]), 0, 100)


def at(seconds: int) -> KeepFragment:
    run = Run(0, [b"\xf8"] * 50, [960] * 50)
    return KeepFragment(START_US + seconds * SECOND, SECOND, False, False, None, run, 0, 100)


def begin(seconds: int) -> BeginSegment:
    return BeginSegment(START_US + seconds * SECOND, None, "main")


def close(seconds: int) -> CloseRecording:
    return CloseRecording(START_US + seconds * SECOND, "ended")


class Written:
    """A master of these jobs, each by itself, sealed when it was closed. What ends the program ends it here too."""

    def __init__(
        self, root: Path, jobs: list[Job], server: ServerSide, key: DeviceKey, disk: Disk | None = None,
        identity: str = ID,
    ) -> None:  # fmt: skip
        disk = disk or OwnDisk()
        self.faults: list[Exception] = []
        self.announced: list[tuple[int, FragmentEntry]] = []
        self.folder = root / identity
        card = MasterCard(id=identity, source="T0101", opened_utc_us=START_US, device_key=key.key.thumbprint())
        place = Place(
            self.folder, disk, server.footage.public_key(), os.urandom, lambda size: True,
            lambda segment, entry: self.announced.append((segment, entry)), self.faults.append,
        )  # fmt: skip
        self.writer = MasterWriter(card, place)
        for job in jobs:
            self.writer.process([job])
        if isinstance(jobs[-1], CloseRecording):
            seal_folder(self.folder, OwnDisk(), key, jobs[-1].utc_us)
