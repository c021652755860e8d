"""What stops being recorded is told within a minute: of a stream on air, and of an enforcement under way."""

from dispatch_server.archive.model import Card, Origin, Recording, State, TroubleChanged
from dispatch_server.archive.store import save_rows
from dispatch_server.archive.uploads.store import MasterStore
from tests.integration.archive.clips import frames
from tests.integration.archive.enforcements import Enforcement, Pause
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig
from tests.integration.archive.uploaded import upload_master

API = "/api/v1/archive/troubles"


async def a_minute(rig: Rig) -> list[str]:
    """Sixty seconds of the server's own rounds; what troubles stand then, as a console is told."""
    for _ in range(12):
        rig.world.pass_s(5)
        rig.room.archive.reconcile()
        await rig.coverage.under_way.look()
    return await told(rig)


async def told(rig: Rig, person: str = "operator") -> list[str]:
    seen = rig.of(TroubleChanged)
    for event in seen:
        await rig.coverage.happened(event)
        rig.events.remove(event)
    async with rig.client(person) as client:
        answer = await client.get(API)
        assert answer.status_code == 200
        return [one["trouble"] for one in answer.json()["troubles"]]


async def test_a_writer_that_stops_while_the_terminal_is_on_air_is_told_within_a_minute(rig: Rig) -> None:
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    await rig.written(3)
    assert await told(rig) == []
    # The writer itself ends: frames go on coming, and nothing of them is kept.
    recorder = rig.room.archive.by_id[recording_id].recorder
    send, recorder._send = recorder._send, lambda job: True  # type: ignore[assignment]
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc + 4_000_000, ticks=(400_000, 300_000)))
    assert await a_minute(rig) == ["not recorded"]
    assert await told(rig, "mark") == [], "another department is not told"
    assert await told(rig, "market") == ["not recorded"]
    recorder._send = send
    await rig.end()
    assert await told(rig) == []


async def test_a_writer_that_goes_on_is_no_trouble(rig: Rig) -> None:
    rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
    await rig.start()
    for number in range(12):
        ticks = (1 + number * 450_000, 1 + number * 240_000)
        rig.hub.give("stream-1", frames(5, start_us=rig.world.utc, ticks=ticks))
        await rig.written(5 * number + 4)
        rig.world.pass_s(5)
        rig.room.archive.reconcile()
        await rig.coverage.under_way.look()
    assert await told(rig) == []


async def test_an_enforcement_of_which_nothing_is_kept_is_told(rig: Rig) -> None:
    one = rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
    assert await a_minute(rig) == ["enforcement not recorded"]
    assert await told(rig, "mark") == []
    await upload_master(rig, 1, rig.world.utc)  # its terminal has announced a master
    assert await a_minute(rig) == []
    rig.enforcements.of.clear()
    one = rig.enforcements.add(Enforcement(id="enforcement-2", begun_utc_us=rig.world.utc))
    one.pauses.append(Pause(rig.world.utc, None, "午休"))
    assert await a_minute(rig) == [], "a stated pause is no trouble"
    one.pauses[0] = Pause(one.begun_utc_us or 0, rig.world.utc, "午休")
    assert await a_minute(rig) == ["enforcement not recorded"]
    one.finished_utc_us = rig.world.utc
    assert await a_minute(rig) == []


async def a_master(rig: Rig, identity: str, enforcement: str, state: State = State.OPEN) -> MasterStore:
    """Heard of now."""
    store = MasterStore(rig.room.catalog.store._database)
    opened = rig.world.utc - 3_600_000_000
    card = Card(identity, "", SOURCE, DEPARTMENT, opened, origin=Origin.TERMINAL, enforcement=enforcement)
    async with store.transaction() as connection:
        await store.begin(connection, card, rig.world.utc)
        await save_rows(connection, [Recording(card, state, ended_utc_us=opened, closed_utc_us=opened)], [])
    return store


async def heard(rig: Rig, store: MasterStore, identity: str) -> list[str]:
    """A minute in which its terminal tells of it, and nothing else."""
    for _ in range(12):
        async with store.transaction() as connection:
            await store.heard(connection, identity, rig.world.utc)
        rig.world.pass_s(5)
        await rig.coverage.under_way.look()
    return await told(rig)


async def test_a_master_excuses_only_while_its_terminal_tells_of_it(rig: Rig) -> None:
    rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
    store = await a_master(rig, "master-0001", "enforcement-1")
    assert await heard(rig, store, "master-0001") == []
    await a_minute(rig)
    assert await a_minute(rig) == ["enforcement not recorded"], "silent for two minutes"
    # It is busy with an older master of the same terminal: that it is there at all is enough.
    await a_master(rig, "master-0000", "", State.SEALED)
    assert await heard(rig, store, "master-0000") == []


async def test_a_master_that_ended_long_ago_excuses_nothing(rig: Rig) -> None:
    rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
    store = await a_master(rig, "master-0001", "enforcement-1", State.SEALED)
    await heard(rig, store, "master-0001")
    assert await heard(rig, store, "master-0001") == ["enforcement not recorded"]
