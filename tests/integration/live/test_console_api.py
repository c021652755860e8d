"""What the signed-in console asks: the wall, the roster, the clock, tokens, publish keys."""

import stat
from pathlib import Path

from dispatch_server.protocol import console
from dispatch_server.protocol.terminal import TerminalAccess, TerminalAccessFile
from dispatch_server.wiring.development import hand_out_keys
from terminals.simulation import read_entries
from tests.integration.live.rig import Rig


async def test_the_wall_the_roster_and_the_clock(rig: Rig) -> None:
    await rig.go_live("T1301")
    streams = console.StreamList.model_validate_json((await rig.desk.get("/api/v1/streams")).content)
    assert [(one.source, one.department_name, one.state) for one in streams.streams] == [("T1301", "城关镇", "live")]
    terminals = console.TerminalList.model_validate_json((await rig.desk.get("/api/v1/terminals")).content)
    assert (len(terminals.terminals), len(terminals.departments)) == (42, 21)
    clock = console.ClockNow.model_validate_json((await rig.desk.get("/api/v1/clock")).content)
    assert clock.utc_us == rig.room.world.utc_us() == streams.server_utc_us


async def test_a_token_says_where_and_until_when(rig: Rig) -> None:
    issued = await rig.token("publish", "guest-li")
    assert issued["url"] == "/whip/guest-li"
    assert issued["expires_utc_us"] - rig.room.world.utc_us() == 60_000_000
    unknown = await rig.desk.post("/api/v1/media-tokens", json={"direction": "publish", "target": "T9901"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "source_unknown")
    for body in ({"direction": "both", "target": "T0101"}, {"direction": "watch"}, {"direction": "watch", "x": 1}):
        assert (await rig.desk.post("/api/v1/media-tokens", json=body)).status_code == 422


async def test_publish_keys_are_given_listed_and_taken_away(rig: Rig) -> None:
    issued = await rig.publish_key("T0101")
    assert issued["url"] == "/whip/T0101"
    again = await rig.desk.post("/api/v1/publish-keys", json={"source": "T0101"})
    assert (again.status_code, again.json()["code"]) == (409, "publish_key_exists")
    listed = await rig.desk.get("/api/v1/publish-keys")
    assert issued["key"] not in listed.text
    (entry,) = console.PublishKeyList.model_validate_json(listed.content).keys
    assert (entry.source, entry.created_by, entry.revoked_utc_us) == ("T0101", "developer", None)
    assert (await rig.desk.delete(f"/api/v1/publish-keys/{entry.id}")).status_code == 204
    assert (await rig.desk.delete(f"/api/v1/publish-keys/{entry.id}")).status_code == 404


async def test_nothing_is_told_to_who_is_not_signed_in(rig: Rig) -> None:
    for method, path in [
        ("GET", "/api/v1/streams"),
        ("GET", "/api/v1/terminals"),
        ("GET", "/api/v1/clock"),
        ("POST", "/api/v1/media-tokens"),
        ("GET", "/api/v1/publish-keys"),
        ("POST", "/api/v1/publish-keys"),
        ("DELETE", "/api/v1/publish-keys/x"),
        ("GET", "/api/v1/sessions/current"),
        ("DELETE", "/api/v1/sessions/current"),
    ]:
        answer = await rig.stranger.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path


async def test_development_gives_every_terminal_a_key_that_it_keeps(rig: Rig, data_folder: Path) -> None:
    room = rig.room.parts
    file = data_folder / "terminals.json"

    async def hand_out() -> list[TerminalAccess]:
        await hand_out_keys(room, room.keys.roster, data_folder)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        return TerminalAccessFile.model_validate_json(file.read_bytes()).root

    first = await hand_out()
    assert len(first) == 42
    assert first[0].publish_key not in repr(first)
    assert [entry.publish_key for entry in read_entries(file, 1)] == [first[0].publish_key]
    assert (await rig.post("/whip/T0101", first[0].publish_key)).status_code == 201
    assert await hand_out() == first
    file.write_text("{}", encoding="utf-8")
    anew = await hand_out()
    assert anew[0].publish_key != first[0].publish_key
    assert (await rig.post("/whip/T0101", first[0].publish_key)).status_code == 401
    assert list(data_folder.iterdir()) == [file]
