"""A server that starts again ends what was open, newest day first, and writes over nothing else."""

from dataclasses import replace
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.model import Card, Origin, State
from dispatch_server.archive.recover import CRASHED, days_back, unfinished
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.rig import Rig

DAY_US = 86_400_000_000


async def kept(rig: Rig) -> str:
    """A recording of three seconds that is not closed, and is forgotten by this server, as by one that was killed."""
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    await rig.written(3)
    rig.room.archive.by_id[recording_id].recording.thumbnail = True
    await rig.room.upkeep.save()
    rig.room.archive.of_stream.clear()
    rig.room.archive.wanted.clear()
    rig.room.archive.by_id.clear()
    return recording_id


async def test_an_open_one_is_ended_and_keeps_the_rest_of_its_row(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        recording_id = await kept(rig)
        await rig.room.upkeep.recover()
        stored = await rig.room.catalog.store.find(recording_id)
        assert stored is not None and (stored.state, stored.reason, stored.thumbnail) == (State.CLOSED, CRASHED, True)
        assert stored.fragments >= 3 and rig.reports == []


async def test_one_without_a_row_is_ended_too(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        card = Card("0190aaaa-0000-7000-8000-00000000000b", "s", "T0101", "county/market", START_US)
        folder = rig.roots[0] / folders.folder_of(card)
        folder.mkdir(parents=True)
        (folder / folders.CARD).write_bytes(folders.write_card(card))
        await rig.room.upkeep.recover()
        stored = await rig.room.catalog.store.find(card.id)
        assert stored is not None and stored.state is State.CLOSED


async def test_a_sealed_one_whose_end_is_gone_is_not_written_over(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        recording_id = await kept(rig)
        store = rig.room.catalog.store
        before = await store.find(recording_id)
        assert before is not None
        sealed = replace(before, state=State.SEALED, closed_utc_us=START_US, reason="ended", thumbnail=True)
        await store.save([sealed], [])
        await rig.room.upkeep.recover()
        assert await store.find(recording_id) == sealed
        assert not (rig.roots[0] / folders.folder_of(sealed.card) / folders.END).exists()
        assert not await store.end_recovered(replace(sealed, state=State.CLOSED, reason=CRASHED), [], 1)
        assert await store.find(recording_id) == sealed


async def test_days_are_walked_newest_first_and_one_at_a_time(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for number, root in enumerate([roots[0], roots[1], roots[0]]):
        card = Card(f"recording-{number}", "s", "T", "d", START_US + number * DAY_US, origin=Origin.SERVER)
        folder = root / folders.folder_of(card)
        folder.mkdir(parents=True)
        (folder / folders.CARD).write_bytes(folders.write_card(card))
    days = days_back(roots)
    assert [[card.id for card in unfinished(roots, day)] for day in days] == [
        ["recording-2"], ["recording-1"], ["recording-0"],
    ]  # fmt: skip
