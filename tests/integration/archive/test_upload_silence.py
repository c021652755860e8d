"""A master of which nothing is heard: it is closed with what came of it, and its terminal may still come back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from dispatch_server.archive.folders import read_end
from dispatch_server.archive.model import Card, Recording, RecordingClosed, Segment, State
from dispatch_server.archive.reading import chain_problems, read_recording
from dispatch_server.archive.store import RecordingStore, recordings
from dispatch_server.archive.uploads.announcing import ABANDONED
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.refusals import MasterMoved
from dispatch_server.protocol.masters import MasterEnd
from tests.integration.archive.clips import START_US
from tests.integration.archive.upload_rig import Tokens, UploadRig, upload_rig

DAY_S = 86_400


@pytest.fixture
async def uploads(tmp_path: Path) -> AsyncIterator[UploadRig]:
    async with upload_rig(tmp_path, UploadLimits(silent_days=30)) as uploads:
        yield uploads


async def test_silence_closes_and_a_late_terminal_ends_it(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master)
    await uploads.send(master, 1)
    uploads.rig.world.pass_s(29 * DAY_S)
    await uploads.part.upkeep.round()
    state = (await uploads.standing(master))["state"]  # to ask is a sign of life
    assert state == "open" and uploads.rig.of(RecordingClosed) == []
    uploads.rig.world.pass_s(31 * DAY_S)
    await uploads.part.upkeep.round()
    assert [event.reason for event in uploads.rig.of(RecordingClosed)] == [ABANDONED]
    (place,) = uploads.rig.roots[0].glob(f"*/*/*/{master.id}")
    end = read_end(place / "closed.json")
    assert end is not None and end.reason == ABANDONED
    assert chain_problems(read_recording(uploads.rig.roots, master.card, whole=True)) == []
    assert (await uploads.send(master, 2)).status_code == 204
    ended = await uploads.ask("PUT", f"/api/v1/terminal/masters/{master.id}/end", json=master.end_json())
    assert ended.status_code == 200, ended.text
    assert ended.json()["state"] == "sealed"
    kept = read_recording(uploads.rig.roots, master.card, whole=True)
    assert kept.end is not None and kept.end.reason == master.end["reason"] and chain_problems(kept) == []


async def test_what_the_server_has_is_wanted_last(uploads: UploadRig) -> None:
    """Its own recording of the last segment's time makes that one worth less."""
    master = uploads.master()
    await uploads.announce(master)
    last = max(master.indexes)
    begin = START_US + (last - 1) * 2_000_000 - 100_000
    card = Card("server-recording", "stream-1", "T1301", "13", begin)
    recording = Recording(card, ended_utc_us=begin + 5_000_000)
    segment = Segment(card.id, 1, 0, begin, 0, "avc1", "", "main", duration_us=5_000_000, bytes=1)
    await RecordingStore(uploads.part.announcing.keeper.store.database).save([recording], [segment])
    wanted = (await uploads.standing(master))["wanted"]
    assert wanted[-1] == last and wanted[0] == last - 1


async def set_state(uploads: UploadRig, recording_id: str, state: State) -> None:
    """As a hold does it."""
    async with uploads.part.announcing.keeper.store.transaction() as connection:
        await connection.execute(update(recordings).where(recordings.c.id == recording_id).values(state=state.value))


async def test_a_late_terminal_ends_a_master_that_is_held_by_now(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master, *sorted(master.indexes)[:-1])
    await uploads.send(master, 1)
    uploads.rig.world.pass_s(31 * DAY_S)
    await uploads.part.upkeep.round()
    await set_state(uploads, master.id, State.HELD)
    assert (await uploads.index(master, max(master.indexes))).status_code == 200
    assert (await uploads.send(master, 2)).status_code == 204
    address = f"/api/v1/terminal/masters/{master.id}/end"
    for _ in range(2):
        ended = await uploads.ask("PUT", address, json=master.end_json())
        assert (ended.status_code, ended.json()["state"]) == (200, "held"), ended.text
    other = await uploads.ask("PUT", address, json=master.end_json(sealed_utc_us=1, fragments=1))
    assert other.status_code == 409, "what is sealed and held takes no other end"
    assert (await uploads.index(master, 1, master.indexes[2])).status_code == 409
    kept = read_recording(uploads.rig.roots, master.card, whole=True)
    assert kept.end is not None and kept.end.reason == master.end["reason"]
    assert next(uploads.rig.roots[0].glob(f"*/*/*/{master.id}/seal.json")).exists()


async def test_a_hold_that_comes_between_is_not_written_over(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master)
    uploads.rig.world.pass_s(31 * DAY_S)
    await uploads.part.upkeep.round()
    store, ending = uploads.part.announcing.keeper.store, uploads.part.ending
    caller = await Tokens().terminal_of("T1301")
    before = await store.find(master.id)
    assert before is not None and caller is not None
    await set_state(uploads, master.id, State.HELD)
    given = MasterEnd.model_validate(master.end_json())
    with pytest.raises(MasterMoved):
        await ending.end(caller, before, given)
    now = await store.find(master.id)
    assert now is not None and now.state is State.HELD
    assert (await ending.end(caller, now, given)).state is State.HELD


async def test_a_terminal_cannot_say_that_it_was_abandoned(uploads: UploadRig) -> None:
    master = uploads.master()
    master.end["reason"] = ABANDONED
    await uploads.announce(master)
    ended = await uploads.ask("PUT", f"/api/v1/terminal/masters/{master.id}/end", json=master.end_json())
    assert ended.status_code == 400
