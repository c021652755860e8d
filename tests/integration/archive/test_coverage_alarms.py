"""What stops being recorded is told within a minute: of a stream on air, and of an enforcement under way."""

from dispatch_server.archive.model import TroubleChanged
from tests.integration.archive.clips import frames
from tests.integration.archive.enforcements import Enforcement, Pause
from tests.integration.archive.rig import Rig
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
