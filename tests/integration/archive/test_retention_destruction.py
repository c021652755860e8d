"""A list from its proposal to the tombstones, and everything that takes a recording off it."""

import pytest
from sqlalchemy import update

from dispatch_server.archive.folders import CARD, END
from dispatch_server.archive.model import State
from dispatch_server.archive.retention.model import ItemState, ListState, RecordingPurged
from dispatch_server.archive.retention.policy import CaseLife, months_after
from dispatch_server.archive.retention.purge import SEAL
from dispatch_server.archive.retention.refusals import AnotherRole, ListNotSo, ListUnknown, NothingToList, SecondPerson
from dispatch_server.archive.retention.tombstone import TOMBSTONE, read_tombstone
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.store import MasterStore, master_segments
from dispatch_server.kit.scope import COUNTY, Scope
from tests.integration.archive.retention_rig import (
    AUDIT,
    OTHER_SECURITY,
    SECURITY,
    SYSTEM,
    RetentionRig,
)


async def test_the_whole_way(retention: RetentionRig) -> None:
    old, young = await retention.recording(), await retention.recording(days=20)
    list_id = await retention.approved()
    service = retention.room.destructions
    assert (await service.get(list_id, COUNTY)).state is ListState.WAITING
    await retention.days(6.5)
    assert retention.media_files() == 2 and await retention.state_of(old) is State.SEALED
    await retention.days(1)
    assert retention.files(old) == {CARD, END, SEAL, TOMBSTONE} and retention.media_files() == 1
    assert await retention.state_of(old) is State.PURGED and await retention.state_of(young) is State.SEALED
    stone = read_tombstone((retention.folder(old) / TOMBSTONE).read_bytes())
    assert stone.is_over and (stone.recording, stone.rule, stone.list) == (old, "unlinked", list_id)
    assert [one.split()[0] for one in stone.approved_by] == ["system-admin", "audit-admin"] and len(stone.chain) == 64
    assert (await service.get(list_id, COUNTY)).state is ListState.DONE
    assert [one.recording_id for one in retention.rig.of(RecordingPurged)] == [old]
    acts = [act.action for act in retention.rig.ledger.acts if act.action.startswith(("destruction", "recording.p"))]
    assert acts == [
        "destruction.make",
        "destruction.approve",
        "destruction.approve",
        "destruction.wait",
        "recording.purge",
        "destruction.end",
    ]


async def test_two_people_of_different_roles_and_not_its_maker(retention: RetentionRig) -> None:
    old = await retention.recording()
    service = retention.room.destructions
    made = await service.make(SYSTEM, COUNTY, "13", [old], "腾空间")
    with pytest.raises(SecondPerson):
        await service.approve(SYSTEM, COUNTY, made.id)
    await service.approve(SECURITY, COUNTY, made.id)
    with pytest.raises(SecondPerson):
        await service.approve(SECURITY, COUNTY, made.id)
    with pytest.raises(AnotherRole):
        await service.approve(OTHER_SECURITY, COUNTY, made.id)
    with pytest.raises(ListUnknown):
        await service.approve(AUDIT, Scope.of("14"), made.id)
    assert (await service.approve(AUDIT, COUNTY, made.id)).state is ListState.WAITING
    with pytest.raises(ListNotSo):
        await service.approve(AUDIT, COUNTY, made.id)


@pytest.mark.parametrize("by", [SYSTEM, SECURITY, AUDIT])
async def test_each_of_three_stops_it(retention: RetentionRig, by: object) -> None:
    await retention.recording()
    list_id = await retention.approved()
    await retention.room.destructions.stop(by, COUNTY, list_id, "复核")  # type: ignore[arg-type]
    await retention.days(9)
    assert retention.media_files() == 1
    found = await retention.room.destructions.get(list_id, COUNTY)
    assert (found.state, found.end_reason) == (ListState.STOPPED, "复核")


@pytest.mark.parametrize("what", ["hold", "case", "class", "policy", "export", "gone"])
async def test_what_takes_it_off_while_it_waits(retention: RetentionRig, what: str) -> None:
    old = await retention.recording()
    list_id = await retention.approved()
    links = retention.links
    if what == "hold":
        await retention.room.holds.place([old], "复议", SECURITY)
    elif what == "case":
        links.cases[old] = [CaseLife("c1")]
    elif what == "class":
        links.classes[old] = {"obstruction"}
    elif what == "export":
        links.exported.add(old)
    elif what == "policy":
        retention.policy_file.write_text("floor_months: 120\nrules: []\n")
    else:
        (retention.folder(old) / SEAL).write_bytes(b"{}")
    await retention.days(8)
    assert retention.media_files() == 1 and TOMBSTONE not in retention.files(old)
    (item,) = await retention.room.destructions.store.items(list_id, None, "", 10)
    assert item.state is ItemState.TAKEN_OFF
    words = {"hold": "held", "case": "case", "class": "obstruction", "policy": "floor", "export": "export"}
    assert words.get(what, "seal") in item.reason


async def test_a_list_is_not_made_of_what_must_be_kept(retention: RetentionRig) -> None:
    service = retention.room.destructions
    old, young, unsealed = (
        await retention.recording(),
        await retention.recording(days=100),
        await retention.recording(state=State.CLOSED),
    )
    for one in (young, unsealed):
        with pytest.raises(NothingToList):
            await service.make(SYSTEM, COUNTY, "13", [old, one], "x")
    with pytest.raises(ListUnknown):
        await service.make(SYSTEM, COUNTY, "14", [old], "x")  # not of that department
    with pytest.raises(ListUnknown):
        await service.make(SYSTEM, Scope.of("14"), "13", [old], "x")
    await service.make(SYSTEM, COUNTY, "13", [old], "x")
    with pytest.raises(NothingToList, match="another list"):
        await service.make(SYSTEM, COUNTY, "13", [old], "x")
    assert await service.propose() == []


async def test_the_system_lists_each_department_by_itself(retention: RetentionRig) -> None:
    for department in ("13", "13/01", "14", "14"):
        await retention.recording(department)
    made = await retention.room.destructions.propose()
    assert [one.department for one in made] == ["13", "13/01", "14"]
    assert all(one.made_by.id == "system" for one in made)
    assert await retention.room.destructions.propose() == []


async def test_a_ledger_that_is_away_lets_nothing_be_destroyed(retention: RetentionRig) -> None:
    await retention.recording()
    await retention.approved()
    retention.rig.ledger.is_away = True
    await retention.days(9)
    assert retention.media_files() == 1
    retention.rig.ledger.is_away = False
    await retention.days(1)
    assert retention.media_files() == 0


async def test_what_came_in_today_is_not_over_today(retention: RetentionRig) -> None:
    """A terminal's clock stood a year back: its receipts say when the footage was first here."""
    old, late = await retention.recording(), await retention.recording()
    now = retention.world.utc
    store = MasterStore(retention.room.holds.store.database)
    async with store.transaction() as connection:
        await store.heard(connection, late, now - 1)
        announced = AnnouncedSegment(late, 1, "", "", 1000, 0, 0, 1, 1, 0)
        await store.announce(connection, announced)
        same = master_segments.c.recording_id == late
        await connection.execute(update(master_segments).where(same).values(receipt_utc_us=now))
    service = retention.room.destructions
    (made,) = await service.propose()
    assert [one.recording_id for one in await service.store.items(made.id, None, "", 10)] == [old]
    (recording,) = (await service.store.recordings([late])).values()
    kept = (await service.keeping.of([recording]))[late]
    assert kept.keep.until_utc_us == months_after(now, 6)
    with pytest.raises(NothingToList):
        await service.make(SYSTEM, COUNTY, "13", [late], "腾空间")
