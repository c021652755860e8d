"""WHEP over HTTP: watch, choose the layer, leave."""

import pytest

from dispatch_server.kit.scope import COUNTY
from dispatch_server.media.abilities import Layer
from tests.integration.live.rig import FRAGMENT, Rig, bearing


async def test_a_stream_is_watched_by_id_or_by_source(rig: Rig) -> None:
    await rig.go_live("T0101")
    for target in ("T0101", rig.room.parts.wall.list_streams(COUNTY).streams[0].stream_id):
        issued = await rig.token("watch", target)
        assert issued["url"].startswith("/whep/")
        answer = await rig.post(issued["url"], issued["token"])
        assert answer.status_code == 201
        assert answer.headers["location"].startswith("/whep/sessions/")
        assert answer.headers["etag"]
        assert "session-key" not in answer.headers
    by_source = await rig.post("/whep/T0101", (await rig.token("watch", "T0101"))["token"])
    assert by_source.status_code == 201
    listed = (await rig.desk.get("/api/v1/streams")).json()["streams"]
    assert listed[0]["viewers"] == 3


@pytest.mark.parametrize(("wish", "layer"), [("main", Layer.MAIN), ("sub", Layer.SUB), ("auto", None)])
async def test_the_layer_is_chosen_at_the_start_and_later(rig: Rig, wish: str, layer: Layer | None) -> None:
    await rig.go_live()
    bearer = (await rig.token("watch", "T0101"))["token"]
    answer = await rig.post(f"/whep/T0101?layer={wish}", bearer)
    place = answer.headers["location"]
    resource = place.rpartition("/")[2]
    assert rig.room.media.layers[resource] is layer
    switched = await rig.stranger.put(f"{place}/layer", json={"layer": "sub"}, headers=bearing(bearer))
    assert switched.status_code == 204
    assert rig.room.media.layers[resource] is Layer.SUB
    wrong = await rig.stranger.put(f"{place}/layer", json={"layer": "best"}, headers=bearing(bearer))
    assert wrong.status_code == 422


async def test_no_layer_means_automatic_and_a_wrong_one_is_refused(rig: Rig) -> None:
    await rig.go_live()
    bearer = (await rig.token("watch", "T0101"))["token"]
    assert (await rig.post("/whep/T0101?layer=best", bearer)).status_code == 422
    answer = await rig.post("/whep/T0101", bearer)
    assert rig.room.media.layers[answer.headers["location"].rpartition("/")[2]] is None


async def test_a_stream_that_is_not_live_is_409_with_retry_after(rig: Rig) -> None:
    refused = await rig.desk.post("/api/v1/media-tokens", json={"direction": "watch", "target": "T0101"})
    assert (refused.status_code, refused.json()["code"]) == (409, "stream_not_live")
    _, answer = await rig.go_live()
    issued = await rig.token("watch", "T0101")
    rig.room.live.publisher_lost(answer.headers["location"].rpartition("/")[2])
    late = await rig.post(issued["url"], issued["token"])
    assert (late.status_code, late.json()["code"]) == (409, "stream_not_live")
    assert int(late.headers["retry-after"]) > 0


async def test_patch_and_delete(rig: Rig) -> None:
    await rig.go_live()
    bearer = (await rig.token("watch", "T0101"))["token"]
    answer = await rig.post("/whep/T0101", bearer)
    place = answer.headers["location"]
    headers = {**FRAGMENT, **bearing(bearer), "If-Match": answer.headers["etag"]}
    assert (await rig.stranger.patch(place, content="a=candidate:1", headers=headers)).status_code == 204
    assert (await rig.stranger.patch(place, content="nonsense", headers=headers)).status_code == 400
    assert (await rig.stranger.delete(place, headers=bearing(bearer))).status_code == 200
    assert (await rig.stranger.delete(place, headers=bearing(bearer))).status_code == 404
    assert rig.room.bus.names() == ["StreamStarted"]


async def test_the_engine_being_full_is_503_with_retry_after(rig: Rig) -> None:
    await rig.go_live()
    rig.room.live.sessions.capacity = 1
    answer = await rig.post("/whep/T0101", (await rig.token("watch", "T0101"))["token"])
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_sessions")
    assert int(answer.headers["retry-after"]) > 0
