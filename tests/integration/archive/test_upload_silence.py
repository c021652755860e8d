"""A master of which nothing is heard: it is closed with what came of it, and its terminal may still come back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.archive.folders import read_end
from dispatch_server.archive.model import Card, Recording, RecordingClosed, Segment
from dispatch_server.archive.reading import chain_problems, read_recording
from dispatch_server.archive.store import RecordingStore
from dispatch_server.archive.uploads.announcing import ABANDONED
from dispatch_server.archive.uploads.limits import UploadLimits
from tests.integration.archive.clips import START_US
from tests.integration.archive.upload_rig import UploadRig, upload_rig

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
