"""One administrator alone (reliability E2): refused, or seen in the ledger and by an alarm; and a full disk (D1)."""

from pathlib import Path

import pytest

from dispatch_server.archive.model import State, Trouble, TroubleChanged
from dispatch_server.archive.retention.keeping import Kept
from dispatch_server.archive.retention.model import ItemState
from dispatch_server.archive.retention.policy_file import PolicyWrong
from dispatch_server.archive.retention.purge import purge
from dispatch_server.archive.retention.refusals import NothingToList
from dispatch_server.archive.retention.tombstone import TOMBSTONE, read_tombstone
from dispatch_server.archive.space import Level, Room
from dispatch_server.kit.errors import Refusal
from dispatch_server.kit.scope import COUNTY
from tests.integration.archive.retention_rig import SYSTEM, RetentionRig
from tests.integration.archive.test_retention_routes import asked


def told(rig: RetentionRig, trouble: Trouble) -> list[bool]:
    return [one.begins for one in rig.rig.of(TroubleChanged) if one.trouble is trouble]


async def alone(rig: RetentionRig, person: str, old: str, hold_id: str) -> None:
    """Everything that one administrator can say; nobody else says anything."""
    body = {"department": "13", "recordings": [old], "reason": "x"}
    made = (await asked(rig, person, "POST", "/destructions", body))[1]
    known = (await asked(rig, person, "GET", "/destructions"))[1]["destructions"]
    for list_id in {one["id"] for one in known} | {made.get("id", "none")}:
        for _ in range(3):
            await asked(rig, person, "POST", f"/destructions/{list_id}/approval")
    for path in (f"/holds/{hold_id}/release", f"/holds/{hold_id}/release/confirmation"):
        for _ in range(2):
            await asked(rig, person, "POST", path, {"reason": "x"})
    await asked(rig, person, "POST", "/retention/clock/confirmation")
    await asked(rig, person, "DELETE", f"/recordings/{old}")
    await rig.days(10)


@pytest.mark.parametrize("person", ["system-admin", "security-admin", "audit-admin"])
async def test_one_alone_destroys_and_releases_nothing(retention: RetentionRig, person: str) -> None:
    old, held = await retention.recording(), await retention.recording()
    hold = await retention.room.holds.place([held], "复议", SYSTEM)
    await retention.room.destructions.propose()
    await alone(retention, person, old, hold.id)
    assert retention.media_files() == 2 and await retention.state_of(held) is State.HELD
    refused = [act for act in retention.rig.ledger.acts if act.outcome.value == "refused"]
    assert refused and all(act.actor == f"person:{person}" for act in refused)


async def test_the_drill_sees_what_two_approvals_by_one_would_destroy(
    retention: RetentionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protection off: whoever asks counts as another person in another role each time."""
    from dispatch_server.archive.retention import destructions, holds
    from dispatch_server.archive.retention.model import Person

    names = iter(range(1000))
    for module in (destructions, holds):
        monkeypatch.setattr(module, "person_of", lambda _: Person(f"p{next(names)}", "x", (f"r{next(names)}",)))
    old, held = await retention.recording(), await retention.recording()
    hold = await retention.room.holds.place([held], "复议", SYSTEM)
    await retention.room.destructions.propose()
    await alone(retention, "system-admin", old, hold.id)
    assert retention.media_files() == 1 and await retention.state_of(held) is State.SEALED


async def test_an_edited_policy_is_on_record_and_told(retention: RetentionRig) -> None:
    (first,) = retention.rig.ledger.of("retention.policy")
    assert first.detail["changed"] is False
    retention.policy_file.write_text("floor_months: 6\nrules: []\n")
    await retention.room.upkeep.round()
    second = retention.rig.ledger.of("retention.policy")[1]
    assert (second.detail["changed"], second.detail["before"]) == (True, first.detail["digest"])
    assert told(retention, Trouble.POLICY_CHANGED) == [True]
    retention.policy_file.write_text("floor_months: 1\nrules: []\n")  # below what the program allows
    await retention.room.upkeep.round()
    assert told(retention, Trouble.POLICY_WRONG) == [True]
    assert retention.room.policies.current is not None and retention.room.policies.current.floor_months == 6
    with pytest.raises(PolicyWrong, match="line 1"):
        await retention.reopened()
    retention.policy_file.write_text("floor_months: 7\nrules: []\n")
    await retention.reopened()  # edited while the server was down
    assert retention.rig.ledger.of("retention.policy")[-1].detail["changed"] is True
    assert told(retention, Trouble.POLICY_CHANGED) == [True, True]


async def test_without_the_file_nothing_ends(retention: RetentionRig) -> None:
    await retention.recording()
    retention.policy_file.unlink()
    await retention.reopened()
    assert await retention.room.destructions.propose() == []
    assert told(retention, Trouble.POLICY_WRONG) == [True]


async def full_disk(retention: RetentionRig) -> int:
    """How many recordings are gone after two weeks on a full disk with a list that nobody approves."""
    made = [await retention.recording(days=days) for days in (400, 200, 20, 1)]
    space = retention.rig.room.archive.space
    space._measure = lambda _: Room(1000, 0)
    space.check()
    assert space.levels == [Level.STOP]
    try:
        await retention.room.destructions.make(SYSTEM, COUNTY, "13", made, "磁盘满")
    except NothingToList:
        await retention.room.destructions.propose()
    (listed,) = await retention.room.destructions.store.page(COUNTY, True, "", 9)
    on_it = await retention.room.destructions.store.items(listed.id, ItemState.LISTED, "", 100)
    await retention.days(14)
    return len({item.recording_id for item in on_it} - set(made[:2])) + len(made) - retention.media_files()


async def test_a_full_disk_deletes_nothing_unexpired(retention: RetentionRig) -> None:
    assert await full_disk(retention) == 0


async def test_the_harness_sees_unexpired_recordings_listed(
    retention: RetentionRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Protection off: whatever makes room is over."""
    monkeypatch.setattr(Kept, "why_not", lambda self, utc_us: "")
    assert await full_disk(retention) == 2


@pytest.mark.parametrize("point", ["before", "after"])
async def test_a_server_killed_in_a_purge_finishes_it_at_the_next_start(retention: RetentionRig, point: str) -> None:
    old = await retention.recording()
    await retention.approved()

    class Killed(BaseException): ...

    def killed(roots: list[Path], place: Path, *more: object) -> object:
        if point == "after":
            purge(roots, place, *more)  # type: ignore[arg-type]
        raise Killed

    retention.room.purging.remove = killed
    with pytest.raises(Killed):
        await retention.days(8)
    assert await retention.state_of(old) is State.PURGED and retention.media_files() == (point == "before")
    await retention.reopened()
    retention.heads.utc_us = 0  # it was decided: the clock has no say in it any more
    await retention.room.upkeep.round()
    assert retention.media_files() == 0
    assert read_tombstone((retention.folder(old) / TOMBSTONE).read_bytes()).is_over
    assert await retention.room.destructions.store.purging() == []
    assert len(retention.rig.ledger.of("recording.purge")) == 1


async def test_a_purge_that_fails_is_told_and_tried_again(retention: RetentionRig) -> None:
    old = await retention.recording()
    await retention.approved()
    (retention.folder(old) / "inner").mkdir()
    await retention.days(8)
    assert retention.media_files() == 1 and told(retention, Trouble.PURGE_FAILS) == [True]
    (retention.folder(old) / "inner").rmdir()
    await retention.room.upkeep.round()
    assert retention.media_files() == 0 and told(retention, Trouble.PURGE_FAILS) == [True, False]


async def test_facts_that_cannot_be_asked_destroy_nothing(retention: RetentionRig) -> None:
    await retention.recording()
    await retention.approved()

    async def away(_: object) -> dict[str, object]:
        raise Refusal("away", "The cases' room does not answer.")

    retention.links.cases_of = away  # type: ignore[method-assign,assignment]
    await retention.days(9)
    assert retention.media_files() == 1 and retention.rig.reports
