"""Attacks on tokens and sessions (A3): replay, theft, guessing, after the end. None is accepted."""

import asyncio
from itertools import pairwise

import pytest

from tests.integration.live.rig import FRAGMENT, Rig, bearing
from tests.unit.live.fakes import FINGERPRINT, OFFER

OTHER_OFFER = OFFER.replace("AB:AB", "CD:AB", 1)


async def assert_refused(rig: Rig, path: str, bearer: str | None, offer: str = OFFER, **headers: str) -> None:
    before = dict(rig.room.media.sessions)
    answer = await rig.post(path, bearer, offer, **headers)
    assert answer.status_code in (401, 403, 404, 409, 429), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert rig.room.media.sessions == before


async def test_a_used_token_opens_nothing_more(rig: Rig) -> None:
    bearer, answer = await rig.go_live("T0101")
    await assert_refused(rig, "/whip/T0101", bearer)
    issued = await rig.token("watch", "T0101")
    assert (await rig.post(issued["url"], issued["token"])).status_code == 201
    await assert_refused(rig, issued["url"], issued["token"])
    ended = await rig.stranger.delete(answer.headers["location"], headers=bearing(bearer))
    assert ended.status_code == 200
    await assert_refused(rig, "/whip/T0101", bearer)


async def test_of_many_that_use_one_token_at_once_one_gets_in(rig: Rig) -> None:
    await rig.go_live("T0101")
    for issued in (await rig.token("watch", "T0101"), await rig.token("publish", "T0102")):
        answers = await asyncio.gather(*(rig.post(issued["url"], issued["token"]) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers)[:2] == [201, 401]


async def test_an_expired_token_opens_nothing(rig: Rig) -> None:
    publish = (await rig.token("publish", "T0101"))["token"]
    await rig.go_live("T0102")
    watch = (await rig.token("watch", "T0102"))["token"]
    rig.room.world.seconds += 60
    await assert_refused(rig, "/whip/T0101", publish)
    await assert_refused(rig, "/whep/T0102", watch)


async def test_a_token_is_for_one_source_and_one_direction(rig: Rig) -> None:
    await rig.go_live("T0101")
    await rig.go_live("T0102")
    watch = (await rig.token("watch", "T0101"))["token"]
    publish = (await rig.token("publish", "T0201"))["token"]
    await assert_refused(rig, "/whep/T0102", watch)
    await assert_refused(rig, "/whip/T0101", watch)
    await assert_refused(rig, "/whip/T0202", publish)
    await assert_refused(rig, "/whep/T0101", publish)
    assert (await rig.post("/whep/T0101", watch)).status_code == 201


async def test_a_bound_token_is_for_one_certificate(rig: Rig) -> None:
    issued = await rig.token("publish", "T0101", fingerprint=FINGERPRINT)
    await assert_refused(rig, "/whip/T0101", issued["token"], OTHER_OFFER)
    await assert_refused(rig, "/whip/T0101", issued["token"], "v=0\r\n")
    await assert_refused(rig, "/whip/T0101", issued["token"], OFFER + "a=fingerprint:sha-256 CD:CD\r\n")
    assert (await rig.post("/whip/T0101", issued["token"])).status_code == 201


async def test_a_session_is_patched_and_ended_by_its_owner_only(rig: Rig) -> None:
    bearer, answer = await rig.go_live("T0101")
    other, theirs = await rig.go_live("T0102")
    watch = await rig.token("watch", "T0101")
    viewer = await rig.post(watch["url"], watch["token"])
    unused = (await rig.token("publish", "T0201"))["token"]
    place = answer.headers["location"]
    key = answer.headers["session-key"]
    for stranger in (other, watch["token"], unused, "mt_guess", "pk_guess", "x" * 5000, key.upper()):
        headers = {**FRAGMENT, **bearing(stranger), "If-Match": "*"}
        patched = await rig.stranger.patch(place, content="a=ice-ufrag:restart", headers=headers)
        assert patched.status_code in (401, 404)
        assert (await rig.stranger.delete(place, headers=bearing(stranger))).status_code in (401, 404)
    assert (await rig.stranger.delete(place)).status_code == 401
    layer = f"{viewer.headers['location']}/layer"
    for stranger in (bearer, other, unused):
        switched = await rig.stranger.put(layer, json={"layer": "sub"}, headers=bearing(stranger))
        assert switched.status_code == 404
    # A viewer's resource is no publisher's, even under its owner's token.
    crossed = place.replace("whip", "whep")
    assert (await rig.stranger.delete(crossed, headers=bearing(bearer))).status_code == 404
    assert theirs.headers["location"].rpartition("/")[2] in rig.room.media.sessions
    assert place.rpartition("/")[2] in rig.room.media.sessions


async def test_an_unknown_resource_and_a_foreign_one_look_the_same(rig: Rig) -> None:
    _, answer = await rig.go_live("T0101")
    other, _ = await rig.go_live("T0102")
    foreign = await rig.stranger.delete(answer.headers["location"], headers=bearing(other))
    unknown = await rig.stranger.delete(f"/whip/sessions/{'0' * 32}", headers=bearing(other))
    assert foreign.status_code == unknown.status_code == 404
    without_place = [{**one.json(), "instance": ""} for one in (foreign, unknown)]
    assert without_place[0] == without_place[1]


async def test_resources_cannot_be_guessed_from_each_other(rig: Rig) -> None:
    places = []
    for number in range(1, 10):
        _, answer = await rig.go_live(f"T{number:02d}01")
        places.append(int(answer.headers["location"].rpartition("/")[2], 16))
    differences = [bin(a ^ b).count("1") for a, b in pairwise(places)]
    assert min(differences) > 30


async def test_guessing_is_slowed_down_and_does_not_lock_out_who_may(rig: Rig) -> None:
    limit = rig.room.limits.refusals_per_minute
    answers = [await rig.post("/whip/T0101", f"mt_{guess}") for guess in range(limit + 5)]
    assert [answer.status_code for answer in answers] == [401] * limit + [429] * 5
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await rig.post("/whip/T0101", (await rig.token("publish", "T0101"))["token"])).status_code == 201
    assert rig.room.reading("live_refused", "wrong tokens") == 5


async def test_a_revoked_key_ends_its_session_and_opens_nothing(rig: Rig) -> None:
    issued = await rig.publish_key("T0101")
    answer = await rig.post("/whip/T0101", issued["key"])
    rig.room.live.publisher_connected(answer.headers["location"].rpartition("/")[2])
    gone = await rig.desk.delete(f"/api/v1/publish-keys/{issued['entry']['id']}")
    assert gone.status_code == 204
    assert rig.room.media.sessions == {}
    await assert_refused(rig, "/whip/T0101", issued["key"])
    await assert_refused(rig, "/whip/T0101", answer.headers["session-key"])
    place = answer.headers["location"]
    assert (await rig.stranger.delete(place, headers=bearing(issued["key"]))).status_code == 404


async def test_a_session_key_is_for_its_own_stream_while_it_lasts(rig: Rig) -> None:
    bearer, answer = await rig.go_live("T0101")
    await rig.go_live("T0102")
    key = answer.headers["session-key"]
    await assert_refused(rig, "/whip/T0102", key)
    await assert_refused(rig, "/whip/T0201", key)
    await assert_refused(rig, "/whep/T0101", key)
    ended = await rig.stranger.delete(answer.headers["location"], headers=bearing(bearer))
    assert ended.status_code == 200
    await assert_refused(rig, "/whip/T0101", key)


async def test_a_session_key_header_does_not_replace_a_credential(rig: Rig) -> None:
    _, answer = await rig.go_live("T0101")
    await assert_refused(rig, "/whip/T0101", None, **{"Session-Key": answer.headers["session-key"]})
    await assert_refused(rig, "/whip/T0101", "mt_x", **{"Session-Key": answer.headers["session-key"]})
    fresh = (await rig.token("publish", "T0101"))["token"]
    await assert_refused(rig, "/whip/T0101", fresh, **{"Session-Key": "sk_guess"})


async def test_signing_out_takes_tokens_and_sessions_away(rig: Rig) -> None:
    await rig.go_live("T0101")
    watch = await rig.token("watch", "T0101")
    unused = await rig.token("watch", "T0101")
    viewer = await rig.post(watch["url"], watch["token"])
    assert (await rig.desk.delete("/api/v1/sessions/current")).status_code == 204
    assert viewer.headers["location"].rpartition("/")[2] not in rig.room.media.sessions
    await assert_refused(rig, unused["url"], unused["token"])


@pytest.mark.parametrize("header", ["Basic bXQ6", "Bearer", "Bearer  ", "mt_x", "Bearer mt_x mt_y"])
async def test_odd_credentials_are_no_credentials(rig: Rig, header: str) -> None:
    answer = await rig.stranger.post(
        "/whip/T0101",
        content=OFFER,
        headers={"Content-Type": "application/sdp", "Authorization": header},
    )
    assert answer.status_code == 401


async def test_a_cookie_opens_no_media(rig: Rig) -> None:
    headers = {"Content-Type": "application/sdp"}
    assert (await rig.desk.post("/whip/T0101", content=OFFER, headers=headers)).status_code == 401
    await rig.go_live("T0101")
    assert (await rig.desk.post("/whep/T0101", content=OFFER, headers=headers)).status_code == 401


async def test_these_attacks_can_succeed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What proves nothing is a test that cannot fail: without the guard, the replay is accepted."""
    await rig.go_live("T0101")
    watch = await rig.token("watch", "T0101")
    monkeypatch.setattr(type(rig.room.live.tokens), "use_up", lambda self, digest: None)
    assert [(await rig.post(watch["url"], watch["token"])).status_code for _ in range(2)] == [201, 201]
    monkeypatch.setattr("dispatch_server.live.sessions.same", lambda a, b: True)
    place = next(iter(rig.room.media.sessions))
    assert (await rig.stranger.delete(f"/whip/sessions/{place}", headers=bearing("mt_x"))).status_code == 200


async def test_patches_of_one_session_are_bounded(rig: Rig) -> None:
    bearer, answer = await rig.go_live("T0101")
    headers = {**FRAGMENT, **bearing(bearer), "If-Match": "*"}
    limit = rig.room.limits.patches_per_minute
    sent = [
        await rig.stranger.patch(answer.headers["location"], content="a=ice-ufrag:restart", headers=headers)
        for _ in range(limit + 1)
    ]
    assert [one.status_code for one in sent] == [200] * limit + [429]
