"""What goes to the bucket is whole, what comes later follows, what was destroyed goes; one stops no other."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.copying import copies_in
from dispatch_server.archive.bucket.model import Copy
from dispatch_server.archive.model import Card, Recording, State
from dispatch_server.archive.retention.purge import KEPT
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.archive.seals.store import SealStore
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.store import MasterStore
from dispatch_server.protocol.masters import Receipt
from dispatch_server.runtime.bucket import Content
from dispatch_server.runtime.database import Database
from tests.integration.archive.test_bucket_copies import Desk, desk, place

__all__ = ["desk", "place"]
NAME_OF_A_FORM = "01976b3c-0000-7000-8000-0000000000aa"


def database(desk: Desk) -> Database:
    return desk.service.rows._database


async def in_bucket(desk: Desk, card: Card | None = None) -> set[str]:
    at = str(folders.folder_of(card or desk.harness.card))
    return {key.rpartition("/")[2] for key in await desk.service.copying.bucket.keys(at)}


async def state(desk: Desk, to: State) -> Recording:
    recording = await desk.rows.find(desk.harness.card.id)
    assert recording is not None
    recording.state = to
    await desk.rows.save([recording], [])
    return recording


async def test_what_is_held_and_not_sealed_yet_waits_for_its_seal(desk: Desk) -> None:
    (desk.folder / folders.SEAL).unlink()
    await state(desk, State.HELD)
    await desk.service.round()
    assert await in_bucket(desk) == set()
    (desk.folder / folders.SEAL).write_text("{}")
    await SealStore(database(desk)).put(Sealed(desk.harness.card.id, 1, "key", "00", ""))
    await desk.service.round()
    assert folders.SEAL in await in_bucket(desk)


async def test_a_master_goes_when_all_of_it_came(desk: Desk) -> None:
    """Its terminal tells the end, and so its seal, before it sends the bytes."""
    store, identity = MasterStore(database(desk)), desk.harness.card.id
    announced = AnnouncedSegment(identity, 1, "aa" * 32, "bb" * 32, 9, 9, 1, 2, 3)
    async with store.transaction() as connection:
        await store.announce(connection, announced)
    await desk.service.round()
    assert await in_bucket(desk) == set()
    receipt = Receipt(
        recording=NAME_OF_A_FORM, segment=1, bytes=9, digest="cc" * 32, chain="bb" * 32, utc_us=5, key_id="k" * 43
    )
    (segment,) = [one for one in await desk.rows.segments_of(identity) if one.number == 1]
    async with store.transaction() as connection:
        await store.keep(connection, segment, receipt.model_copy(update={"recording": identity}))
    await desk.service.round()
    assert folders.SEAL in await in_bucket(desk)


async def test_a_stamp_that_comes_later_follows_and_the_list_keeps_what_left(desk: Desk) -> None:
    await desk.service.round()
    before = set(copies_in(desk.folder))
    desk.world.advance(31 * 86_400)
    await desk.service.round()
    assert desk.media == []
    (desk.folder / "seal.tsr").write_bytes(b"a stamp")
    await desk.service.round()
    assert "seal.tsr" not in await in_bucket(desk)  # nobody said that there is more
    seals = SealStore(database(desk))
    await seals.put(Sealed(desk.harness.card.id, 1, "key", "00", ""))
    await seals.stamped(desk.harness.card.id, 7)
    await desk.service.round()
    assert await in_bucket(desk) == set(copies_in(desk.folder)) == before | {"seal.tsr"}
    await desk.service.here(desk.harness.card, desk.folder, "000001.mp4")
    assert len(desk.media) == 1


async def test_what_was_destroyed_leaves_its_papers_alone_in_the_bucket(desk: Desk) -> None:
    for name in ("thumbs.bin", "thumbs.jsonl", folders.THUMBNAIL, "000001.sm3"):
        (desk.folder / name).write_bytes(b"pictures")
    await desk.service.round()
    assert "thumbs.bin" in await in_bucket(desk)
    await state(desk, State.PURGED)
    await desk.service.round()
    left = await in_bucket(desk)
    assert left and left <= KEPT


async def test_a_copy_that_broke_off_is_deleted_when_the_recording_is_destroyed(desk: Desk) -> None:
    """Its row says so since before the first file went there."""
    real, count = desk.service.copying.bucket, 0

    async def breaks(key: str, path: Path, content: Content) -> None:
        nonlocal count
        if (count := count + 1) > 3:
            raise OSError("no such luck")
        await real.create_file(key, path, content)

    desk.service.copying.bucket = Instead(real, create_file=breaks)  # type: ignore[assignment]
    await desk.service.round()
    desk.service.copying.bucket = real
    begun = await in_bucket(desk)
    assert begun - KEPT and not await desk.service.rows.is_copied(desk.harness.card.id)
    await state(desk, State.PURGED)
    await desk.service.round()
    assert await in_bucket(desk) <= KEPT


async def test_one_that_cannot_be_read_stops_no_other_and_is_told_with_its_name(desk: Desk) -> None:
    """It opened first, so that it is always the first to be tried."""
    bad = Recording(replace(desk.harness.card, id="recording-bad", opened_utc_us=1_000_000), state=State.SEALED)
    await desk.rows.save([bad], [])
    await desk.service.round()
    assert folders.SEAL in await in_bucket(desk)
    (told,) = desk.reports
    assert told[0] == "copying recording-bad to the bucket"
    await desk.service.round()
    assert len(desk.reports) == 1  # it is left for a while
    desk.world.advance(3601)
    await desk.service.round()
    assert len(desk.reports) == 2


async def test_what_is_added_while_the_copy_is_taken_is_looked_at_again(desk: Desk) -> None:
    real = desk.service.copying

    async def slow(parts: Mapping[str, Path], at: str) -> dict[str, Copy]:
        (desk.folder / "seal.tsr").write_bytes(b"a stamp")
        return await real.copy(parts, at)

    desk.service.copying = Instead(real, copy=slow)  # type: ignore[assignment]
    await desk.service.round()
    await desk.service.round()
    assert "seal.tsr" in await in_bucket(desk)


async def test_media_that_a_package_is_sent_from_stay(desk: Desk) -> None:
    busy = {desk.harness.card.id}

    async def in_use() -> set[str]:
        return busy

    desk.service.in_use = in_use
    await desk.service.round()
    desk.world.advance(31 * 86_400)
    await desk.service.round()
    assert desk.media
    busy.clear()
    await desk.service.round()
    assert desk.media  # it is looked at again in a while
    desk.world.advance(601)
    await desk.service.round()
    assert desk.media == []


class Instead:
    """As the real one, but for what is given."""

    def __init__(self, real: object, **given: object) -> None:
        self._real, self._given = real, given

    def __getattr__(self, name: str) -> object:
        return self._given[name] if name in self._given else getattr(self._real, name)
