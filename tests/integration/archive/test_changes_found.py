"""Whatever happens to a recording's row, the search's compare finds it, though nobody was told."""

from collections.abc import Awaitable

from dispatch_server.archive.model import State
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.archive.seals.store import SealStore
from dispatch_server.kit.scope import COUNTY
from dispatch_server.wiring.recording_facts import ForSearch
from tests.integration.archive.retention_rig import AUDIT, SECURITY, SYSTEM, RetentionRig

MISSED_S = 30 * 86_400.0


def search_of(retention: RetentionRig) -> ForSearch:
    return ForSearch(retention.room.holds.store.database)


async def changed(retention: RetentionRig, what: Awaitable[object]) -> list[str]:
    """What is told of the moment in which it happens, long after everything before it."""
    retention.world.pass_s(MISSED_S)
    since = retention.world.utc
    assert await search_of(retention).changed_since(since, 10) == []
    await what
    found = await search_of(retention).changed_since(since, 10)
    assert all(one.utc_us >= since for one in found)
    return [one for change in found for one in change.recording_ids]


async def test_each_move_of_its_life_is_found(retention: RetentionRig) -> None:
    one, other = await retention.recording(state=State.CLOSED), await retention.recording()
    holds, seals = retention.room.holds, SealStore(retention.room.holds.store.database)

    async def enter(_: object) -> None:
        return

    sealed = Sealed(one, retention.world.utc, "key", "00" * 32, "", None)  # as a crash left it: it says an old moment
    later = retention.world.utc + int(MISSED_S * 1_000_000)
    assert await changed(retention, seals.seal(sealed, [], enter, later)) == [one]
    assert await changed(retention, holds.place([one], "复议", SECURITY)) == [one]
    assert await changed(retention, holds.place([one], "投诉", SYSTEM)) == [one]
    first, second = reversed(await holds.store.page(COUNTY, True, "", 5))
    for hold, told in ((first, []), (second, [one])):  # what another hold still holds is as it was
        await holds.ask_release(hold.id, SYSTEM, "了结")
        assert await changed(retention, holds.release(hold.id, AUDIT)) == told
    facts = await search_of(retention).facts_of([one, other])
    assert (facts[one].state, facts[other].state) == ("closed", "sealed")  # no seal lies in its folder
    assert not facts[one].held


async def test_a_purge_is_found(retention: RetentionRig) -> None:
    one = await retention.recording()
    await retention.approved()
    since = retention.world.utc + 1
    await retention.days(8)
    (change,) = await search_of(retention).changed_since(since, 10)
    assert change.recording_ids == (one,) and (await search_of(retention).facts_of([one]))[one].state == "purged"


async def test_what_is_saved_late_is_found_when_it_is_saved(retention: RetentionRig) -> None:
    """It ended while the database was away: the compare had looked past its end already."""
    one = await retention.rig.start()
    await retention.rig.end()
    archive = retention.rig.room.archive
    found = await retention.rig.room.catalog.find(one, COUNTY)
    assert found.state is State.CLOSED and not archive.by_id
    retention.world.pass_s(MISSED_S)
    since = retention.world.utc
    await retention.rig.room.catalog.store.save([found], [], retention.world.utc)
    assert [one] == [x for change in await search_of(retention).changed_since(since, 5) for x in change.recording_ids]
