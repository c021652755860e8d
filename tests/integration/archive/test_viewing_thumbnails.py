"""Pictures along the timeline: kept while recording, made on demand elsewhere, and hostile files do no harm."""

import asyncio
from contextlib import suppress
from pathlib import Path

from dispatch_server.archive.folders import folder_of, media_name
from dispatch_server.archive.picture_wire import Seen
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.rig import Rig
from tests.integration.archive.uploaded import upload_master

API = "/api/v1/recordings"


async def ended(desk: asyncio.Task[None]) -> None:
    """With its worker."""
    desk.cancel()
    with suppress(asyncio.CancelledError):
        await desk


async def test_pictures_are_made_from_key_frames_when_asked(rig: Rig) -> None:
    card = await upload_master(rig, 8, START_US)
    desk = asyncio.create_task(rig.coverage.thumbs.desk.run())
    async with rig.client() as client:
        listed = (await client.get(f"{API}/{card.id}/thumbnails")).json()["thumbnails"]
        assert len(listed) == 1
        picture = await client.get(listed[0]["url"])
        assert picture.status_code == 200 and picture.content.startswith(b"\xff\xd8")
        assert (await client.get(listed[0]["url"])).content == picture.content
        assert (await client.get(f"{API}/{card.id}/thumbnails/1.jpg")).status_code == 404
    async with rig.client("mark") as client:
        assert (await client.get(listed[0]["url"])).status_code == 404
    # The same file with its boxes broken: no picture, no fault.
    rig.coverage.thumbs._made.clear()
    media = Path(rig.roots[0]) / folder_of(card) / media_name(1)
    content = bytearray(media.read_bytes())
    for at in range(900, len(content), 3):
        content[at] ^= 0x55
    media.write_bytes(content)
    async with rig.client() as client:
        assert (await client.get(listed[0]["url"])).status_code == 404
    await ended(desk)


async def test_what_the_sampler_saw_is_kept_every_half_minute(rig: Rig) -> None:
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    await rig.written(3)
    for seconds in (1, 5, 20, 32):
        await rig.coverage.thumbs.seen(Seen("stream-1", START_US + seconds * 1_000_000, (), b"jpeg%d" % seconds))
    async with rig.client() as client:
        kept = await client.get(f"{API}/{recording_id}/thumbnails/{START_US + 32_000_000}.jpg")
        assert kept.content == b"jpeg32"
        assert (await client.get(f"{API}/{recording_id}/thumbnails/{START_US + 5_000_000}.jpg")).status_code == 404


async def test_no_moment_is_shown_that_is_not_listed(rig: Rig) -> None:
    """Else the whole recording could be seen, picture by picture, and nobody asked for which purpose."""
    card = await upload_master(rig, 8, START_US)
    desk = asyncio.create_task(rig.coverage.thumbs.desk.run())
    recording = await rig.room.catalog.store.find(card.id)
    assert recording is not None
    begins = [one.from_utc_us for one in await rig.coverage.thumbs.shelf.pieces_of(recording) if one.picture]
    listed = await rig.coverage.thumbs.list_of(recording)
    assert len(begins) > len(listed) == 1
    async with rig.client() as client:
        shown = [(await client.get(f"{API}/{card.id}/thumbnails/{at}.jpg")).status_code for at in begins]
    assert [at for at, status in zip(begins, shown, strict=True) if status == 200] == listed
    await ended(desk)
