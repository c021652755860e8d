"""The rows follow the rooms: by what is told, and by a compare after whatever was not heard."""

import asyncio

import pytest

from dispatch_server.reports import feeding
from dispatch_server.reports.facts import Change, CoverageFacts
from dispatch_server.reports.feeding import Feeder
from dispatch_server.reports.model import CaseName, Query
from dispatch_server.reports.store import SearchStore
from dispatch_server.runtime.database import DatabaseAway
from tests.integration.reports.rooms import County
from tests.waiting import until_async


@pytest.fixture
def county(store: SearchStore) -> County:
    return County(store)


async def found(county: County, **asked: object) -> list[str]:
    page = await county.store.search(Query(50, **asked))  # type: ignore[arg-type]
    return sorted(one.recording_id for one in page.rows)


async def begun(county: County) -> Feeder:
    """One that is up to date."""
    feeder = county.feeder()
    await feeder.begin()
    await feeder.compare()
    return feeder


async def test_what_is_told_is_joined_from_all_rooms(county: County) -> None:
    feeder, one = await begun(county), county.record(1)
    county.enforce("e1", "sign")
    county.coverage.links[one], county.coverage.known["e1"] = ("e1",), CoverageFacts(990, 7)
    county.coverage.notes[one] = ("备注熊猫",)
    county.cases.known[one] = (CaseName("c1", "罚〔2026〕1号", "13"),)
    await feeder.keep_fault([one], ["black"])
    assert await feeder.drain() == 1
    row = await county.store.find(one)
    assert row is not None and row.party == "王小明" and row.spoken == ("备注熊猫",)
    for asked in (
        {"step": "sign"}, {"missing": True}, {"fault": "black"}, {"officer": "执-1"}, {"case_number": "罚〔2026〕1号"}
    ):  # fmt: skip
        assert await found(county, **asked) == [one], asked


async def test_an_enforcement_tells_of_all_its_recordings(county: County) -> None:
    feeder, ids = await begun(county), [county.record(number, enforcement_id="e1") for number in range(3)]
    county.enforce("e1")
    feeder.note(ids)
    await feeder.drain()
    county.enforce("e1", "serve")
    await feeder.note_enforcement("e1")
    await feeder.drain()
    assert await found(county, step="serve") == ids


async def test_each_enforcement_of_a_long_recording_finds_it(county: County) -> None:
    """One recording of a day shows three of them; any of the three tells of it later."""
    feeder, one = await begun(county), county.record(1)
    for identity, step, item in (("e1", "sign", "CF-1"), ("e2", "serve", "CF-2"), ("e3", "seal", "CF-3")):
        county.enforce(identity, step, item=item)
    county.coverage.links[one] = ("e1", "e2", "e3")
    feeder.note([one])
    await feeder.drain()
    for asked in ({"step": "sign"}, {"item": "CF-1"}, {"item": "CF-2"}, {"enforcement_id": "e1"}, {"officer": "甲"}):
        assert await found(county, **asked) == [one], asked
    county.enforce("e1", "inform", item="CF-1")
    county.coverage.links[one] = ("e2", "e3")  # the link is gone, and the row still says it
    await feeder.note_enforcement("e1")
    await feeder.drain()
    assert await found(county, enforcement_id="e1") == await found(county, step="sign") == []
    assert await found(county, enforcement_id="e2") == [one]


async def test_what_is_gone_is_no_longer_found(county: County) -> None:
    feeder, one = await begun(county), county.record(1)
    feeder.note([one])
    await feeder.drain()
    del county.recordings.known[one]
    feeder.note([one])
    await feeder.drain()
    assert await found(county) == []


async def test_a_restart_loses_what_waited_and_the_compare_finds_it(county: County) -> None:
    feeder = await begun(county)
    one, other = county.record(1), county.record(2)
    feeder.note([one])
    again = county.feeder()  # the one before is dead, with all that waited in it
    await again.begin()
    assert await found(county) == []
    await again.compare()
    assert await found(county) == [one, other]
    asked = county.recordings.asked[-1]
    county.recordings.asked.clear()
    await again.compare()
    assert county.recordings.asked[0] >= asked  # it goes on from there, and does not begin at the beginning


async def test_without_the_compare_it_would_stay_lost(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness sees what it is there for."""
    (await begun(county)).note([county.record(1)])

    async def nothing(self: Feeder) -> int:
        return 0

    monkeypatch.setattr(Feeder, "compare", nothing)
    again = county.feeder()
    await again.begin()
    await again.compare()
    assert await found(county) == []


async def test_changes_of_every_room_are_compared(county: County) -> None:
    one = county.record(1)
    feeder = await begun(county)
    county.world.advance(600)
    now = county.world.utc_us()
    for number, room in enumerate((county.enforcements, county.coverage, county.cases)):
        county.cases.known[one] = (CaseName(f"c{number}", f"{number}号", "13"),)
        room.changes.append(Change(now, (one,)))
        await feeder.compare()
        assert await found(county, case_number=f"{number}号") == [one], room
        room.changes.clear()
        await feeder.compare()


async def test_more_than_there_is_room_for_is_compared_and_not_lost(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "WAITING", 5)
    feeder = await begun(county)
    ids = [county.record(number) for number in range(12)]
    feeder.note(ids)
    assert len(feeder.waiting) == 5 and feeder.overflowed == 1
    running = asyncio.create_task(feeder.run())
    try:
        await until_async(lambda: len(feeder.waiting) == 0 and not feeder._is_behind, 20, "the compare")
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert await found(county) == ids


async def test_many_changes_of_one_moment_are_all_seen(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeding, "BATCH", 4)
    ids = [county.record(number) for number in range(30)]
    moment = county.recordings.changes[0].utc_us
    county.recordings.changes = [Change(moment, (one,)) for one in ids]
    feeder = county.feeder()
    await county.store.keep_standing(feeding.TERMS, feeding.VERSION)
    await feeder.begin()
    await feeder.compare()
    assert await found(county) == ids


async def test_a_room_that_is_away_loses_nothing(county: County) -> None:
    feeder, one = await begun(county), county.record(1)
    county.recordings.away = True
    feeder.note([one])
    with pytest.raises(DatabaseAway):
        await feeder.drain()
    with pytest.raises(DatabaseAway):
        await feeder.compare()
    assert feeder._is_behind
    county.recordings.away = False
    await feeder.drain()
    assert await found(county) == [one]


async def test_other_terms_file_everything_anew_and_keep_the_faults(county: County) -> None:
    one = county.record(1)
    feeder = await begun(county)
    await feeder.keep_fault([one], ["frozen"])
    await county.store.keep_standing(feeding.TERMS, feeding.VERSION + 1)
    del county.recordings.known[one]
    other = county.record(2)
    await county.store.keep_faults({other: ("black",)})
    await county.feeder().begin()
    assert await found(county) == await found(county, fault="black") == [other]
    assert await county.store.read_standing(feeding.TERMS) == feeding.VERSION


async def test_what_is_told_before_its_row_is_there_is_looked_at_again(county: County) -> None:
    feeder, one = await begun(county), county.record(1)
    facts = county.recordings.known.pop(one)
    feeder.note([one])
    await feeder.drain()
    assert await found(county) == []
    county.recordings.known[one] = facts
    feeder.look_for_late()
    await feeder.drain()
    assert await found(county) == [one] and not feeder.late


async def test_what_never_comes_is_not_looked_for_without_end(county: County) -> None:
    feeder = await begun(county)
    feeder.note(["recording-99999"])
    await feeder.drain()
    county.world.advance(feeding.LATE_TOOK_S + 1)
    feeder.look_for_late()
    assert not feeder.late and not feeder.waiting
