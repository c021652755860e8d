"""Playback: from the question for a list to the first picture's bytes, of a recording with a thousand segments."""

import asyncio
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.load import percentile
from bench.table import Row, within
from dispatch_server.archive.coverage.model import Link
from dispatch_server.archive.folders import folder_of, media_name
from dispatch_server.archive.model import Card, Part, Recording, Segment
from tests.integration.archive.clips import START_US
from tests.integration.archive.enforcements import Enforcement
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig

SEGMENTS, PARTS, PART_US = 1_000, 15, 4_000_000
PART_BYTES, INIT_BYTES = 1_000_000, 900
TURNS = 20
MEDIA = bytes(INIT_BYTES + PART_BYTES)


async def fill(rig: Rig) -> str:
    """Segments of a minute; only the first one's file is read."""
    card = Card("recording-1", "stream-1", SOURCE, DEPARTMENT, START_US)
    segments = []
    for number in range(1, SEGMENTS + 1):
        at = START_US + (number - 1) * PARTS * PART_US
        parts = tuple(Part(INIT_BYTES + n * PART_BYTES, PART_BYTES, at + n * PART_US, PART_US) for n in range(PARTS))
        length = INIT_BYTES + PARTS * PART_BYTES
        segment = Segment(card.id, number, 0, at, INIT_BYTES, "avc1.42e01f", "opus", "main", PARTS * PART_US, length)
        segment.parts = parts
        segments.append(segment)
    recording = Recording(card, ended_utc_us=START_US + SEGMENTS * PARTS * PART_US)
    recording.close(recording.ended_utc_us, "ended")
    await rig.room.catalog.store.save([recording], segments)
    folder = rig.roots[0] / folder_of(card)
    folder.mkdir(parents=True)
    (folder / media_name(1)).write_bytes(MEDIA)
    one = Enforcement(begun_utc_us=START_US, finished_utc_us=recording.ended_utc_us, terminals=(SOURCE,))
    rig.enforcements.add(one)
    found = await rig.coverage.service.compute(one.id)
    await rig.coverage.service.store.save(found, [Link(one.id, card.id, SOURCE, "server", DEPARTMENT)])
    return card.id


async def measure() -> dict[str, list[float]]:
    took: dict[str, list[float]] = {"recording": [], "enforcement": []}
    with tempfile.TemporaryDirectory() as folder:
        async with Rig(Path(folder)) as rig, rig.client() as client:
            recording_id = await fill(rig)
            await rig.view(client, recording_id)
            wish = {"enforcement_id": "enforcement-1", "kind": "technical", "purpose": "bench"}
            assert (await client.post("/api/v1/viewings", json=wish)).status_code == 201
            recording = f"/api/v1/recordings/{recording_id}"
            lists = {
                "recording": f"{recording}/playlist.m3u8",
                "enforcement": f"/api/v1/enforcements/enforcement-1/sources/{SOURCE}/playlist.m3u8",
            }
            for _ in range(TURNS):
                for name, path in lists.items():
                    began = time.perf_counter()
                    text = (await client.get(path)).text
                    assert len(re.findall("#EXTINF", text)) == SEGMENTS * PARTS
                    for asked in (f"bytes=0-{INIT_BYTES - 1}", f"bytes={INIT_BYTES}-{INIT_BYTES + PART_BYTES - 1}"):
                        answer = await client.get(f"{recording}/segments/1.mp4", headers={"Range": asked})
                        assert answer.status_code == 206
                    took[name].append((time.perf_counter() - began) * 1000)
    return took


def playback_rows() -> Iterator[Row]:
    """The server's side: list, head, and the first part of 1 MB; over no network."""
    for name, values in asyncio.run(measure()).items():
        yield within(
            f"playback, first frame of one {name}, {SEGMENTS} segments (16 h)",
            percentile(values, 0.5),
            1000,
            "ms",
            f"p95 {percentile(values, 0.95):.0f} ms",
        )
