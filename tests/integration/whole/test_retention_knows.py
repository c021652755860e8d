"""Retention knows of a recording what the rooms know: kind, steps, classes of keeping, cases, and exports under way."""

import pytest

from dispatch_server.archive.exports.model import Of
from dispatch_server.archive.model import State
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.model import Role
from dispatch_server.kit.scope import COUNTY
from tests.integration.matrix.server import HOME
from tests.integration.whole.conftest import Story, recorded
from tests.waiting import until_async

pytestmark = pytest.mark.timeout(240)


async def test_what_the_rooms_say_of_a_recording(story: Story) -> None:
    rooms, one = story.rooms, story.recording.id
    links = rooms.retention.destructions.keeping.links

    async def linked() -> bool:
        return bool(await links.kinds_of([one]))

    await until_async(linked, 60, "the link by source and time")
    assert (await links.kinds_of([one]))[one] == {"penalty"}
    assert (await links.steps_of([one]))[one] == {"sign"}
    assert (await links.classes_of([one]))[one] == {"confirmation", "default"}
    assert rooms.archive.archive.local.is_important("T1301") and not rooms.archive.archive.local.is_important("T1401")
    assert (await links.cases_of([one]), list(await links.exported_now([one]))) == ({}, [])

    await story.link()
    asked = {"enforcement": story.enforcement, "purpose": "复议", "recipient": "县政府"}
    answer = await story.field.desk("POST", "/exports", asked, place=HOME)
    assert answer.status_code == 201, answer.text
    [life] = (await links.cases_of([one]))[one]
    assert (life.case_id, life.until_utc_us) == (story.case, None)
    assert list(await links.exported_now([one])) == [one]
    told = await rooms.exports.service.subjects.story_of(Of.CASE, story.case)
    assert len(told.officers) == 2 and [step["text"] for step in told.steps] == ["核对签字"] and told.coverage


async def test_damage_is_seen_before_a_purge_and_what_is_held_gets_its_seal(story: Story) -> None:
    rooms, field = story.rooms, story.field
    store = RecordingStore(field.whole.wiring.database)
    card = await recorded(field, "T1401", field.now - 5_000_000, sealed=False)
    hold = await field.desk("POST", "/holds", {"recordings": [card.id], "reason": "复议期间"}, role=Role.REVIEWER)
    assert hold.status_code == 201, hold.text
    await rooms.seals.seals.round()
    kept = await store.find(card.id)
    assert kept is not None and kept.state is State.HELD
    place = next(path for root in rooms.archive.archive.roots for path in root.rglob(card.id))
    assert (place / "seal.json").exists()

    verify = rooms.retention.purging.verify
    assert verify is not None and await verify(kept) == ""
    media = place / "000001.mp4"
    data = bytearray(media.read_bytes())
    data[-1] ^= 1
    media.write_bytes(data)
    assert await verify(kept)
    (place / "bucket.json").write_bytes(b"not a list")
    media.unlink()
    assert await verify(kept)  # a list that says nothing excuses nothing
    found = await rooms.archive.catalog.find(card.id, COUNTY)
    assert found.card.id == card.id


async def test_what_is_linked_to_a_held_case_is_held_at_once(story: Story) -> None:
    """The compare would come a minute later."""
    field = story.field
    store = RecordingStore(field.whole.wiring.database)
    await story.link("recording")
    hold = await field.desk("POST", f"/cases/{story.case}/hold", {"reason": "复议期间"}, role=Role.REVIEWER)
    assert hold.status_code == 201 and hold.json()["recordings"] == 1, hold.text
    card = await recorded(field, "T1401", field.now - 5_000_000)
    linked = await field.desk("POST", f"/cases/{story.case}/links", {"thing": "recording", "id": card.id})
    assert linked.status_code == 201, linked.text

    async def held() -> bool:
        found = await store.find(card.id)
        return found is not None and found.state is State.HELD

    await until_async(held, 20, "the hold to reach it")
    shown = (await field.desk("GET", f"/holds/{hold.json()['hold_id']}", role=Role.REVIEWER)).json()
    assert shown["case_id"] == story.case and sorted(shown["recording_ids"]) == sorted([story.recording.id, card.id])
