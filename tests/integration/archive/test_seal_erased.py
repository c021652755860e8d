"""What is taken away or rewritten whole, so that the folder agrees with itself, the scrub finds (E1, roll-back)."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.model import Copied, Copy, write_copies
from dispatch_server.archive.bucket.store import CopyStore
from dispatch_server.archive.model import Card, Trouble
from dispatch_server.archive.seals.assembly import SealRoom
from dispatch_server.archive.seals.model import Findings, Kind, Trust
from dispatch_server.archive.seals.verify import SEAL, TOMBSTONE, verify_recording
from dispatch_server.protocol.seals import read_seal
from dispatch_server.runtime.bucket import BucketAway
from tests.integration.archive.rig import Rig
from tests.integration.archive.seal_rig import recorded, troubles, with_seals
from tests.integration.archive.tampering import fork

DAY_S = 86_400


async def read(rig: Rig, room: SealRoom, folder: Path) -> Findings:
    recording = await rig.room.catalog.store.find(folder.name)
    assert recording is not None
    return await room.scrub.read(recording)


def bury(folder: Path) -> None:
    """All media gone, and a tombstone whose every word is right; only that nobody ordered it."""
    made = read_seal((folder / SEAL).read_bytes())
    told = {"recording": made.recording, "chain": made.chain, "seal": made.signature}
    for path in folder.glob("0*"):
        path.unlink()
    (folder / TOMBSTONE).write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


def unsealed_and_rewritten(folder: Path) -> None:
    import random

    fork(folder, random.Random(1))
    (folder / SEAL).unlink()
    (folder / folders.END).unlink()


async def test_whatever_files_are_deleted_the_scrub_finds_it(rig: Rig, tmp_path: Path) -> None:
    room, folder = with_seals(rig, with_sm3=True), await recorded(rig)
    await room.seals.round()
    assert (await read(rig, room, folder)).is_whole
    copy = shutil.copytree(folder, tmp_path / "copy")
    names = sorted(path.name for path in folder.iterdir() if path.name != folders.THUMBNAIL)
    missed, by_verify_alone = [], []
    for count in range(1, len(names) + 1):
        for gone in combinations(names, count):
            for name in gone:
                (folder / name).unlink()
            alone = verify_recording(folder, Trust(evidence=room.seals.keys.public))
            if alone.is_whole:
                by_verify_alone.append(gone)
            if (await read(rig, room, folder)).is_whole:
                missed.append(gone)
            shutil.copytree(copy, folder, dirs_exist_ok=True)
    assert missed == []
    assert (folders.END, SEAL) in by_verify_alone  # protection off: the folder alone cannot know


@pytest.mark.parametrize("change", [bury, unsealed_and_rewritten, shutil.rmtree])
async def test_a_rewritten_folder_that_agrees_with_itself_is_found(rig: Rig, change: Callable[[Path], None]) -> None:
    room, folder = with_seals(rig), await recorded(rig, 4)
    await room.seals.round()
    change(folder)
    found = await read(rig, room, folder)
    assert not found.is_whole, found
    (begun,) = troubles(rig)
    assert begun.begins and begun.subject == folder.name


async def test_what_was_told_stays_told_when_the_seal_is_taken_away(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    data = (folder / "000001.mp4").read_bytes()
    (folder / "000001.mp4").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    await read(rig, room, folder)
    unsealed_and_rewritten(folder)
    assert not (await read(rig, room, folder)).is_whole
    assert [event.begins for event in troubles(rig) if event.trouble is Trouble.DAMAGED][:1] == [True]
    assert [event.trouble for event in troubles(rig) if event.begins][-1] is Trouble.SEAL_BROKEN
    kept = await room.seals.rows.find(folder.name)
    assert (kept is not None and "it was sealed" in kept.damage) or "it is closed" in kept.damage


async def test_another_seal_by_the_same_key_is_not_the_one_on_record(rig: Rig) -> None:
    """Whoever has the node's key, but not its database, makes another recording under this name."""
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    row = await room.seals.rows.find(folder.name)
    assert row is not None
    await room.seals.rows.put(replace(row, sealed_utc_us=row.sealed_utc_us - 1))
    assert [fault.kind for fault in (await read(rig, room, folder)).faults] == [Kind.SEAL]


class FakeBucket:
    """What lies there, by name; None: it does not answer."""

    def __init__(self, files: dict[str, bytes] | None) -> None:
        self.files = files

    async def read_copy(self, card: Card, name: str) -> AsyncIterator[bytes]:
        if self.files is None:
            raise BucketAway("no route")
        data = self.files[name]
        for at in range(0, len(data), 1000):
            yield data[at : at + 1000]


async def let_go(rig: Rig, folder: Path, *, on_record: bool) -> dict[str, bytes]:
    """The media leave; a list that names them stays."""
    files = {path.name: path.read_bytes() for path in folder.glob("*.mp4")}
    (folder / folders.COPIED).write_bytes(write_copies({name: Copy(1, "00") for name in files}, 1))
    for name in files:
        (folder / name).unlink()
    if on_record:
        rows = CopyStore(rig.room.catalog.store._database)
        await rows.save(Copied(folder.name, str(folder.relative_to(rig.roots[0])), 1, 0))
    return files


async def test_a_list_of_copies_excuses_nothing_that_was_never_copied(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    await let_go(rig, folder, on_record=False)
    alone = verify_recording(folder, Trust(evidence=room.seals.keys.public))
    assert alone.is_whole and "were not looked at" in alone.notes[0]
    assert [fault.kind for fault in (await read(rig, room, folder)).faults] == [Kind.MEDIA]


async def test_what_lies_in_the_bucket_is_read_there(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    files = await let_go(rig, folder, on_record=True)
    bucket = room.reading.bucket = FakeBucket(files)
    assert (await read(rig, room, folder)).is_whole
    row = await room.seals.rows.find(folder.name)
    assert row is not None and row.scrubbed_utc_us == rig.world.utc
    for change in (lambda data: data[:-1] + b"?", lambda data: data[:-9]):
        bucket.files = {name: change(data) for name, data in files.items()}
        (fault,) = (await read(rig, room, folder)).faults
        assert (fault.kind, fault.place.fragment) == (Kind.MEDIA, 3)


async def test_what_the_bucket_does_not_show_was_not_read_and_stops_nothing(rig: Rig) -> None:
    room = with_seals(rig, scrub_days=30)
    folder, other = await recorded(rig), await recorded(rig, stream_id="stream-2")
    await room.seals.round()
    await let_go(rig, folder, on_record=True)
    room.reading.bucket = FakeBucket(None)
    rig.world.pass_s(16 * DAY_S)
    for _ in range(6):
        await room.scrub.one()
    kept, read_again = [await room.seals.rows.find(one.name) for one in (folder, other)]
    assert kept is not None and kept.scrubbed_utc_us is None and kept.damage == ""
    assert read_again is not None and read_again.scrubbed_utc_us == rig.world.utc
    assert room.scrub.scrubbed == 1 and not await room.scrub.one()
