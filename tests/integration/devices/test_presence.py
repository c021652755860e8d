"""Signs of life, silence, heartbeats: what the console sees of a terminal, and what it is told."""

from dispatch_server.devices.health import TerminalTrouble
from dispatch_server.devices.model import TerminalLost
from dispatch_server.protocol.terminal import LedgerHead
from dispatch_server.runtime.database import Database
from tests.integration.devices.rig import Rig

HEAD = LedgerHead(
    form="f", tree="t", algorithm="Ed25519", log_id="l", number=7, size=9, root="aa", utc_us=1, key="bb", signature="cc"
)


async def tick(rig: Rig, seconds: float = 0) -> None:
    rig.advance(seconds)
    await rig.devices.upkeep.tick()
    assert rig.room.reports == []


async def test_any_sign_of_life_brings_it_online_and_silence_loses_it(rig: Rig) -> None:
    device = await rig.enrol()
    token = await rig.token(device)  # that it asked for a token is one
    await tick(rig)
    assert (await rig.entry())["state"] == "online"
    await tick(rig, 40)
    assert (await rig.ask("GET", "/shift", token)).status_code == 200  # that it asks for anything is one
    await tick(rig, 44)
    assert (await rig.entry())["state"] == "online"
    await tick(rig, 1)
    lost = await rig.entry()
    assert (lost["state"], lost["seen_utc_us"]) == ("lost", rig.utc_us - 45_000_000)
    rig.devices.upkeep.sending = lambda: ["T1301", "guest-x"]  # media of it comes in
    await tick(rig)
    assert (await rig.entry())["state"] == "online"
    told = [name for name in rig.room.bus.names() if name in ("TerminalSeen", "TerminalLost")]
    assert told == ["TerminalSeen", "TerminalLost", "TerminalSeen"]


async def test_a_server_that_starts_gives_it_time(rig: Rig, database: Database) -> None:
    await rig.token(await rig.enrol())
    await tick(rig)
    await rig.devices.upkeep.stop()
    again = await Rig.over(database)
    assert list(again.devices.online()) == ["T1301"]
    await tick(again, 44)
    assert (await again.entry())["state"] == "online"
    await tick(again, 1)
    assert (await again.entry())["state"] == "lost"
    await again.close()


async def test_who_is_seen_by_another_node_is_not_lost(rig: Rig, database: Database) -> None:
    other = await Rig.over(database)
    device = await rig.enrol()
    token = await rig.token(device)
    await tick(rig)
    await tick(other, 2)
    assert list(other.devices.online()) == ["T1301"]  # known of the database alone
    for _ in range(20):
        await rig.heartbeat(token)
        await tick(rig, 15)
        await tick(other, 15)
    assert (await other.entry())["state"] == "online"
    for _ in range(6):  # both are silent now; the first node is gone, too
        await tick(other, 15)
    assert (await other.entry())["state"] == "lost"
    assert [one.number for one in other.room.bus.events if isinstance(one, TerminalLost)] == ["T1301"]
    await other.close()


async def test_a_heartbeat_is_shown_alarmed_and_kept(rig: Rig, database: Database) -> None:
    token = await rig.token(await rig.enrol())
    figures = {
        "battery_percent": 12,
        "storage_free_bytes": 90,
        "storage_total_bytes": 100,
        "signal_dbm": -95,
        "network": "LTE",
        "temperature_c": 41.5,
        "version": "0.3",
        "clock": rig.utc_us + 5_000_000,
        "round_trip_us": 200_000,
        "position": {"lat": 38.04, "lon": 114.51, "accuracy_m": 8},
    }
    answer = await rig.heartbeat(token, **figures)
    assert (answer.status_code, answer.json()["clock_offset_us"]) == (200, 5_100_000)
    health = (await rig.entry())["health"]
    assert health["troubles"] == ["battery_low", "clock_wrong"]
    assert (health["position"]["lat"], health["clock_error_us"]) == (38.04, 100_000)
    rig.advance(15)
    await rig.heartbeat(token, battery_percent=20, clock=rig.utc_us)
    rig.advance(15)
    await rig.heartbeat(token, battery_percent=26)
    told = [(one.trouble.value, one.begins) for one in rig.room.bus.events if isinstance(one, TerminalTrouble)]
    assert told == [("battery_low", True), ("clock_wrong", True), ("clock_wrong", False), ("battery_low", False)]
    await tick(rig, 15)
    rows = (await rig.desk.get("/api/v1/devices/T1301/health")).json()["rows"]
    assert [row["battery_percent"] for row in rows] == [26]
    again = await Rig.over(database)
    assert (await again.entry())["health"]["battery_percent"] == 26
    await again.close()


async def test_health_is_kept_every_five_minutes(rig: Rig) -> None:
    token = await rig.token(await rig.enrol())
    for _ in range(44):
        await rig.heartbeat(token, battery_percent=80)
        await tick(rig, 15)
    rows = (await rig.desk.get("/api/v1/devices/T1301/health")).json()["rows"]
    assert len(rows) == 3


async def test_the_ledgers_head_goes_out_and_comes_back(rig: Rig) -> None:
    token = await rig.token(await rig.enrol())
    held: list[tuple[str, LedgerHead]] = []

    async def head_held(number: str, head: LedgerHead) -> None:
        held.append((number, head))

    rig.devices.parts.heartbeats.newest_head = lambda: HEAD
    rig.devices.parts.heartbeats.head_held = head_held
    told = (await rig.heartbeat(token)).json()["head"]
    assert LedgerHead.model_validate(told) == HEAD
    await rig.heartbeat(token, held_head=told)
    assert held == [("T1301", HEAD)]


async def test_odd_heartbeats_are_refused(rig: Rig) -> None:
    token = await rig.token(await rig.enrol())
    for odd in (
        {"battery_percent": 101},
        {"position": {"lat": 91, "lon": 0}},
        {"network": "a\nb"},
        {"clock": -1},
        {"clock": 2**60},
        {"round_trip_us": -1},
        {"unknown": 1},
        {"version": "x" * 41},
    ):
        assert (await rig.heartbeat(token, **odd)).status_code == 422, odd
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    nan = await rig.field.post("/api/v1/terminal/heartbeat", content=b'{"temperature_c": NaN}', headers=headers)
    assert nan.status_code == 422
