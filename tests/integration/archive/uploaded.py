"""A terminal's master as it lies in the archive after its upload: real files, written by the same code."""

from dataclasses import replace

from dispatch_server.archive.disk import LocalDisk
from dispatch_server.archive.limits import PoolLimits
from dispatch_server.archive.model import Card, Origin, Recording, Segment
from dispatch_server.archive.pool import WriterPool
from dispatch_server.archive.reading import read_recording, rows_of
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.store import MasterStore
from dispatch_server.archive.writer import RecordingWriter
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.protocol.masters import Receipt
from tests.integration.archive.clips import frames
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig


async def upload_master(
    rig: Rig, seconds: int, start_us: int, enforcement: str = "enforcement-1", identity: str = "master-0001",
    *, by_card: bool = False,
) -> Card:  # fmt: skip
    """
    As far as coverage sees it: files in its folder, rows, and a word that it was backfilled. `by_card`: another
    program took it in, so that there is no word.
    """
    card = Card(identity, "", SOURCE, DEPARTMENT, start_us, origin=Origin.TERMINAL, enforcement=enforcement)
    writer = RecordingWriter(card, rig.roots, LocalDisk(), lambda root: True, lambda events: None)
    pool = WriterPool(PoolLimits())
    pool.open()
    failures: list[Exception] = []
    recorder = Recorder(RecorderLimits(), pool.open_lane(writer.process, failures.append).put, (Layer.MAIN,))
    for frame in frames(seconds, start_us=start_us):
        recorder.take_frame(frame)
    recorder.close(start_us + seconds * 1_000_000, "finished")
    pool.close()
    assert failures == []
    recording, segments = rows_of(read_recording(rig.roots, card))
    await rig.room.catalog.store.save([replace(recording)], segments)
    if by_card:
        await receipted(rig, recording, segments)
    else:
        await rig.coverage.service.recording_changed(card.id)
    return card


async def receipted(rig: Rig, recording: Recording, segments: list[Segment]) -> None:
    """The rows of a master that was taken in now."""
    store, now = MasterStore(rig.room.catalog.store._database), rig.world.utc_us()
    async with store.transaction() as connection:
        await store.begin(connection, recording.card, now)
        for one in segments:
            end_us = one.utc_us + one.duration_us
            announced = AnnouncedSegment(one.recording_id, one.number, "", "", one.bytes, 0, one.utc_us, end_us, 0, 0)
            await store.announce(connection, announced)
            receipt = Receipt.model_construct(
                recording=one.recording_id, segment=one.number, digest="0" * 64, utc_us=now, key_id="k", signature="s"
            )
            await store.keep(connection, one, receipt)
