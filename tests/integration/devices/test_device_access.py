"""A device's own side against the real routes: its token, its wrong clock, its new key, its heartbeats."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from terminals import world
from terminals.access import REFUSED_S, Access
from terminals.device_key import DeviceKey, DeviceKeyWrong, new_file
from terminals.heartbeats import Heartbeats, read_head
from terminals.whip import Refused
from tests.integration.devices.rig import URL, Rig, client
from tests.integration.devices.test_presence import HEAD
from tests.unit.live.fakes import FINGERPRINT


@pytest.fixture
async def access(rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Access]:
    """An enrolled device whose clocks are the server's, until a test says otherwise."""
    monkeypatch.setattr(world, "utc_us", lambda: rig.utc_us)
    monkeypatch.setattr(world, "monotonic", rig.room.world.monotonic)
    key = DeviceKey.make()
    body = {"code": await rig.code(), "public_key": key.public}
    answer = (await rig.field.post("/api/v1/terminals/enrol", json=body)).json()
    key = key.placed(answer["number"], URL, answer["audience"])
    path = tmp_path / "device-key.json"
    key.write(path)
    async with client(rig.app) as at:
        yield Access(DeviceKey.read(path), at, path)


async def test_it_publishes_and_beats_with_its_token(rig: Rig, access: Access) -> None:
    media = await access.media_token(FINGERPRINT)
    assert (await rig.whip("T1301", media)).status_code == 201
    beats = Heartbeats(access, lambda: {"battery_percent": 50}, access.path.with_name("head.json"), "0.3")
    rig.devices.parts.heartbeats.newest_head = lambda: HEAD
    await beats.beat()
    await beats.beat()
    health = (await rig.entry())["health"]
    assert (health["battery_percent"], health["version"]) == (50, "0.3")
    assert read_head(access.path.with_name("head.json")) == HEAD


async def test_an_older_head_of_the_ledger_does_not_take_the_newer_ones_place(rig: Rig, access: Access) -> None:
    file = access.path.with_name("head.json")
    beats = Heartbeats(access, dict, file, "")
    rig.devices.parts.heartbeats.newest_head = lambda: HEAD
    await beats.beat()
    rig.devices.parts.heartbeats.newest_head = lambda: HEAD.model_copy(update={"number": 6, "root": "dd"})
    await beats.beat()
    assert read_head(file) == HEAD == beats.head


async def test_a_token_is_renewed_before_it_is_over_and_once(rig: Rig, access: Access) -> None:
    first = await access.token()
    rig.advance(599)
    assert await access.token() == first
    rig.advance(1)
    tokens = await asyncio.gather(*(access.token() for _ in range(5)))
    assert len(set(tokens)) == 1 and tokens[0] != first


async def test_a_server_that_is_away_costs_nothing_while_the_token_holds(rig: Rig, access: Access) -> None:
    first = await access.token()
    good = access.client

    async def nobody(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("away", request=request)

    access.client = httpx2.AsyncClient(transport=httpx2.MockTransport(nobody))
    rig.advance(700)
    assert await access.token() == first
    rig.advance(201)
    with pytest.raises(httpx2.ConnectError):
        await access.token()
    access.client = good
    assert await access.token() != first


@pytest.mark.parametrize("wrong_s", [-31_536_000, -3600, 3600, 31_536_000])
async def test_a_device_with_a_wrong_clock_gets_in_by_the_servers(
    rig: Rig, access: Access, monkeypatch: pytest.MonkeyPatch, wrong_s: int
) -> None:
    monkeypatch.setattr(world, "utc_us", lambda: rig.utc_us + wrong_s * 1_000_000)

    async def with_date(response: httpx2.Response) -> None:  # the server's front adds it; this rig has none
        from email.utils import formatdate

        response.headers["Date"] = formatdate(rig.utc_us / 1_000_000, usegmt=True)

    access.client.event_hooks = {"response": [with_date]}
    assert await access.token()
    await Heartbeats(access, dict, access.path.with_name("head.json"), "").beat()
    assert abs((await rig.entry())["health"]["clock_offset_us"] - wrong_s * 1_000_000) < 1_000_000


async def test_a_revoked_device_is_told_so_and_asks_once_a_minute(
    rig: Rig, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Much on board asks for it; the server, and who else stands behind that address, hear of it once a minute."""
    await access.token()
    await rig.revoke()
    with pytest.raises(Refused) as refused:
        await access.media_token(FINGERPRINT)
    assert not refused.value.retry and access.refused
    asked: list[str] = []

    async def count(request: httpx2.Request) -> None:
        asked.append(request.url.path)

    access.client.event_hooks = {"request": [count]}
    for _ in range(20):
        with pytest.raises(Refused) as refused:
            await access.token()
    assert asked == [] and not refused.value.retry
    later = world.monotonic() + REFUSED_S + 1
    monkeypatch.setattr(world, "monotonic", lambda: later)
    for _ in range(20):
        with pytest.raises(Refused):
            await access.token()
    assert asked == ["/api/v1/terminals/token"]


async def test_a_new_key_takes_the_old_ones_place_on_the_disk(rig: Rig, access: Access) -> None:
    old = access.key.key.thumbprint()
    await access.roll_over()
    assert DeviceKey.read(access.path).key.thumbprint() != old
    assert not new_file(access.path).exists()
    assert await access.token()
    assert (await rig.entry())["key_thumbprint"] == access.key.key.thumbprint()


async def test_a_new_key_is_found_when_the_answer_was_lost(rig: Rig, access: Access) -> None:
    lost = False

    async def lose(response: httpx2.Response) -> None:
        nonlocal lost
        if response.request.url.path.endswith("/key"):
            lost = True
            raise httpx2.ReadError("lost", request=response.request)

    access.client.event_hooks = {"response": [lose]}
    with pytest.raises(httpx2.ReadError):
        await access.roll_over()
    assert lost and new_file(access.path).exists()
    after_a_restart = Access(DeviceKey.read(access.path), access.client, access.path)
    assert await after_a_restart.token()
    assert (await rig.entry())["key_thumbprint"] == after_a_restart.key.key.thumbprint()
    assert DeviceKey.read(access.path).key.thumbprint() == after_a_restart.key.key.thumbprint()


async def test_a_key_that_another_program_replaced_is_taken_up(rig: Rig, access: Access) -> None:
    await access.token()
    other = Access(DeviceKey.read(access.path), access.client, access.path)
    await other.roll_over()
    assert (await access.media_token(FINGERPRINT)).startswith("mt_")
    assert access.key.public == other.key.public


async def test_a_key_that_others_may_read_is_not_used(access: Access) -> None:
    assert access.path.stat().st_mode & 0o777 == 0o600
    access.path.chmod(0o640)
    with pytest.raises(DeviceKeyWrong, match="others may read it"):
        DeviceKey.read(access.path)
