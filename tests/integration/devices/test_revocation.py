"""A terminal's media tokens (A3), and its end: a revoked key loses API, socket and media at once, on every node."""

import pytest

from dispatch_server.devices.ending import Endings
from dispatch_server.runtime.database import Database
from tests.integration.devices.rig import Device, Rig
from tests.unit.live.fakes import FINGERPRINT, OFFER

OTHER = "sha-256 " + ":".join(["CD"] * 32)


async def test_a_terminal_publishes_under_its_own_number_alone(rig: Rig) -> None:
    device = await rig.enrol()
    token = await rig.token(device)
    issued = (await rig.media_token(token)).json()
    assert issued["url"] == "/whip/T1301"
    for source in ("T1302", "T0101", "guest-x"):
        assert (await rig.whip(source, issued["token"])).status_code == 403
    assert (await rig.whip("T1301", issued["token"], OFFER.replace("AB:AB", "CD:AB", 1))).status_code == 403
    assert (await rig.whip("T1301", token)).status_code == 401  # the access token itself opens no media
    asked = {"fingerprint": FINGERPRINT, "target": "T1302"}
    assert (await rig.ask("POST", "/media-tokens", token, json=asked)).status_code == 422
    assert (await rig.ask("POST", "/media-tokens", token, json={})).status_code == 422
    assert (await rig.whip("T1301", issued["token"])).status_code == 201
    assert (await rig.whip("T1301", issued["token"])).status_code in (401, 409)  # once
    stream = rig.room.live.streams.of_source("T1301")
    assert stream is not None and stream.holder == f"terminal:T1301:{device.key_id}"


async def test_one_terminal_cannot_take_the_media_tokens_of_the_county(rig: Rig) -> None:
    first, second = await rig.enrol("T1301"), await rig.enrol("T1302")
    token = await rig.token(first)
    answers = [await rig.media_token(token) for _ in range(40)]
    assert [answer.status_code for answer in answers] == [201] * 30 + [429] * 10
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(rig.room.live.tokens) == 8
    assert (await rig.media_token(await rig.token(second))).status_code == 201
    rig.advance(60)
    assert (await rig.media_token(token)).status_code == 201


async def test_a_media_token_of_another_device_opens_nothing(rig: Rig) -> None:
    first, second = await rig.enrol("T1301"), await rig.enrol("T1302")
    theirs = (await rig.media_token(await rig.token(second))).json()["token"]
    assert (await rig.whip(first.number, theirs)).status_code == 403
    answer = await rig.go_live(first, await rig.token(first))
    place = answer.headers["location"]
    ended = await rig.field.delete(place, headers={"Authorization": f"Bearer {theirs}"})
    assert ended.status_code in (401, 404)
    assert place.rpartition("/")[2] in rig.room.media.sessions


async def test_a_cookie_opens_no_terminal_route_and_a_token_no_console_route(rig: Rig) -> None:
    token = await rig.token(await rig.enrol())
    assert (await rig.desk.post("/api/v1/terminal/heartbeat", json={})).status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    for path in ("/api/v1/devices", "/api/v1/streams", "/api/v1/terminals"):
        assert (await rig.field.get(path, headers=bearer)).status_code == 401
    issued = await rig.field.post("/api/v1/media-tokens", json={"direction": "watch", "target": "x"}, headers=bearer)
    assert issued.status_code == 401


async def test_revocation_ends_api_socket_and_media_before_it_is_answered(rig: Rig) -> None:
    device = await rig.enrol()
    token = await rig.token(device)
    answer = await rig.go_live(device, token)
    unused = (await rig.media_token(token)).json()["token"]
    viewer = await rig.desk.post("/api/v1/media-tokens", json={"direction": "watch", "target": "T1301"})
    opened = await rig.field.post(
        viewer.json()["url"],
        content=OFFER,
        headers={"Content-Type": "application/sdp", "Authorization": f"Bearer {viewer.json()['token']}"},
    )
    assert opened.status_code == 201 and len(rig.room.media.sessions) == 2
    assert (await rig.revoke()).status_code == 200
    assert rig.room.media.sessions == {}  # publisher and viewer
    assert rig.hub == [(f"terminal:T1301:{device.key_id}", "stolen")]
    assert (await rig.heartbeat(token)).status_code == 401
    assert (await rig.media_token(token)).status_code == 401
    assert (await rig.post_assertion(device.assertion(rig.utc_us))).status_code == 401
    assert (await rig.whip("T1301", unused)).status_code == 401
    key = answer.headers["session-key"]
    assert (await rig.whip("T1301", key)).status_code == 401
    assert (await rig.whip("T1301", unused, **{"Session-Key": key})).status_code == 401
    assert "TerminalRevoked" in rig.room.bus.names() and "StreamEnded" in rig.room.bus.names()
    assert (await rig.entry())["state"] == "revoked"


async def test_its_publish_key_ends_with_it_and_not_when_it_is_refused(rig: Rig) -> None:
    issued = await rig.desk.post("/api/v1/publish-keys", json={"source": "T1301"})
    assert (await rig.revoke()).status_code == 409  # it has no device yet
    key = issued.json()["key"]
    assert (await rig.whip("T1301", key)).status_code == 201
    await rig.enrol()
    assert len(rig.room.media.sessions) == 1
    assert (await rig.revoke()).status_code == 200
    assert rig.room.media.sessions == {}
    assert (await rig.whip("T1301", key)).status_code == 401


async def test_without_the_listeners_media_would_go_on(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    device = await rig.enrol()
    await rig.go_live(device, await rig.token(device))
    monkeypatch.setattr(Endings, "end", lambda self, holders, reason: None)
    assert (await rig.revoke()).status_code == 200
    assert rig.room.media.sessions != {}


async def test_a_code_that_was_out_opens_nothing_after_revocation_and_a_new_one_does(rig: Rig) -> None:
    await rig.enrol()
    code = await rig.code()
    await rig.revoke()
    assert (await rig.post_code(code, Device())).status_code == 401
    again = await rig.enrol()
    assert (await rig.heartbeat(await rig.token(again))).status_code == 200


async def test_a_rolled_over_key_takes_the_old_ones_place_and_nothing_stops(rig: Rig) -> None:
    old = await rig.enrol()
    token = await rig.token(old)
    await rig.go_live(old, token)
    answer, new = await roll_over(rig, old, token)
    assert answer.status_code == 201, answer.text
    assert len(rig.room.media.sessions) == 1 and rig.hub == []
    assert (await rig.heartbeat(token)).status_code == 401  # of the old key
    assert (await rig.post_assertion(old.assertion(rig.utc_us))).status_code == 401
    assert (await rig.heartbeat(await rig.token(new))).status_code == 200
    assert ("terminal.key", "terminal:T1301", "done") in rig.ledger.lines()
    # What was opened under the old key still ends with the terminal.
    await rig.revoke()
    assert rig.room.media.sessions == {}
    assert {holder for holder, _ in rig.hub} == {f"terminal:T1301:{one.key_id}" for one in (old, new)}


async def test_nobody_else_rolls_a_key_over(rig: Rig) -> None:
    old, other = await rig.enrol("T1301"), await rig.enrol("T1302")
    token = await rig.token(old)
    new = Device(number="T1301")
    good_new = new.assertion(rig.utc_us)
    vouching = {"typ": "key-roll-over+jwt"}
    cnf = {"jwk": new.public}
    by_other = Device(other.key, "T1301").assertion(rig.utc_us, {**vouching, "kid": old.key.thumbprint()}, cnf=cnf)
    plain = old.assertion(rig.utc_us, cnf=cnf)
    without_key = old.assertion(rig.utc_us, vouching)
    private = old.assertion(rig.utc_us, vouching, cnf={"jwk": new.key.as_dict(private=True)})
    foreign = other.assertion(rig.utc_us, vouching, cnf=cnf)
    for by_old in (by_other, plain, without_key, private, foreign):
        assert (await post_key(rig, token, by_old, good_new)).status_code in (400, 401)
    by_old = old.assertion(rig.utc_us, vouching, cnf=cnf)
    thief = Device(number="T1301")  # it has the public half alone
    not_there = thief.assertion(rig.utc_us, {"kid": new.key.thumbprint()})
    assert (await post_key(rig, token, by_old, not_there)).status_code == 401
    # The statement is no assertion for a token, nor the other way round.
    assert (await rig.post_assertion(old.assertion(rig.utc_us, vouching, cnf=cnf))).status_code == 401
    assert (await rig.heartbeat(token)).status_code == 200


async def test_another_node_follows_within_its_refresh(database: Database) -> None:
    first = await Rig.over(database)
    second = await Rig.over(database)
    device = await first.enrol()
    await second.devices.upkeep.tick()
    token = await second.token(device)
    await second.go_live(device, token)
    await first.revoke()
    assert (await second.heartbeat(token)).status_code == 200  # it does not know yet
    second.advance(second.devices.parts.devices.limits.refresh_s)
    await second.devices.upkeep.tick()
    assert second.room.media.sessions == {}
    assert second.hub == [(f"terminal:T1301:{device.key_id}", "the terminal was revoked")]
    assert (await second.heartbeat(token)).status_code == 401
    await first.close()
    await second.close()


async def test_what_was_revoked_while_a_node_was_down_carries_nothing_on(database: Database) -> None:
    first = await Rig.over(database)
    device = await first.enrol()
    await first.revoke()
    second = await Rig.over(database)
    await second.devices.parts.devices.end_revoked(0)
    assert second.hub == [(f"terminal:T1301:{device.key_id}", "the terminal was revoked")]
    await first.close()
    await second.close()


async def test_a_terminal_that_was_switched_off_takes_its_silent_stream_over(rig: Rig) -> None:
    device = await rig.enrol()
    token = await rig.token(device)
    await rig.go_live(device, token)
    again = (await rig.media_token(token)).json()["token"]
    assert (await rig.whip("T1301", again)).status_code == 409  # it still sends
    rig.room.live.publisher_lost(next(iter(rig.room.media.sessions)))
    stream = rig.room.live.streams.of_source("T1301")
    answer = await rig.whip("T1301", (await rig.media_token(token)).json()["token"])
    assert answer.status_code == 201
    assert rig.room.live.streams.of_source("T1301") is stream  # carried on


async def roll_over(rig: Rig, old: Device, token: str) -> tuple[object, Device]:
    new = Device(number=old.number)
    by_old = old.assertion(rig.utc_us, {"typ": "key-roll-over+jwt"}, cnf={"jwk": new.public})
    answer = await post_key(rig, token, by_old, new.assertion(rig.utc_us))
    if answer.status_code == 201:
        new.key_id = answer.json()["key_id"]
    return answer, new


async def post_key(rig: Rig, token: str, by_old: str, by_new: str):  # type: ignore[no-untyped-def]
    return await rig.ask("POST", "/key", token, json={"by_old": by_old, "by_new": by_new})
