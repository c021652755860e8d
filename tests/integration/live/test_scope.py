"""A terminal of one township is not there for another: in lists, tokens, keys, and in how it is refused."""

from dataclasses import replace

import httpx2
import pytest

from dispatch_server.identity.development import DEVELOPER
from tests.integration.live.rig import Rig

OURS, THEIRS = "T1301", "T1401"


async def township(rig: Rig, path: str) -> httpx2.AsyncClient:
    client = rig.client()
    person = replace(DEVELOPER, id=f"desk-{path}", department=path)
    answer = await client.post("/api/v1/sessions", json={"code": rig.sign_ins.new_code(person)})
    assert answer.status_code == 201
    return client


async def test_lists_show_the_own_subtree_alone(rig: Rig) -> None:
    await rig.sign_in()
    await rig.go_live(OURS)
    await rig.go_live(THEIRS)
    desk = await township(rig, "13")
    streams = (await desk.get("/api/v1/streams")).json()["streams"]
    assert [stream["source"] for stream in streams] == [OURS]
    roster = (await desk.get("/api/v1/terminals")).json()
    assert {terminal["number"] for terminal in roster["terminals"]} == {OURS, "T1302"}
    assert [department["code"] for department in roster["departments"]] == ["13"]
    whole = (await rig.desk.get("/api/v1/streams")).json()["streams"]
    assert {stream["source"] for stream in whole} == {OURS, THEIRS}


@pytest.mark.parametrize("direction", ["watch", "publish"])
async def test_what_lies_outside_is_refused_as_what_is_not_there(rig: Rig, direction: str) -> None:
    await rig.sign_in()
    await rig.go_live(THEIRS)
    desk = await township(rig, "13")
    unknown = "T1402" if direction == "watch" else "T9999"  # not live; not in the roster
    outside = await desk.post("/api/v1/media-tokens", json={"direction": direction, "target": THEIRS})
    absent = await desk.post("/api/v1/media-tokens", json={"direction": direction, "target": unknown})
    assert outside.status_code == absent.status_code in (404, 409)
    assert outside.json() | {"detail": outside.json()["detail"].replace(THEIRS, unknown)} == absent.json()
    assert rig.room.ledger.of(f"stream.{direction}") == rig.room.ledger.of(f"stream.{direction}")[:1]


async def test_publish_keys_of_others_are_neither_seen_nor_taken_away(rig: Rig) -> None:
    await rig.sign_in()
    theirs = await rig.publish_key(THEIRS)
    desk = await township(rig, "13")
    assert (await desk.get("/api/v1/publish-keys")).json()["keys"] == []
    identity = theirs["entry"]["id"]
    outside = await desk.delete(f"/api/v1/publish-keys/{identity}")
    absent = await desk.delete(f"/api/v1/publish-keys/{'0' * len(identity)}")
    assert outside.status_code == absent.status_code == 404
    assert outside.json()["code"] == absent.json()["code"]
    assert (await desk.post("/api/v1/publish-keys", json={"source": "T1402"})).status_code == 404
    assert len((await rig.desk.get("/api/v1/publish-keys")).json()["keys"]) == 1


async def test_a_viewing_is_on_record_before_there_is_a_token(rig: Rig) -> None:
    await rig.sign_in()
    await rig.go_live(OURS)
    issued = await rig.token("watch", OURS)
    (act,) = rig.room.ledger.of("stream.watch")
    assert act.actor == "person:developer" and act.department == "13" and act.detail["source"] == OURS
    assert act.subject == f"stream:{issued['url'].rpartition('/')[2]}"


async def test_without_a_ledger_nobody_watches_but_whoever_publishes_goes_on(rig: Rig) -> None:
    await rig.sign_in()
    await rig.go_live(OURS)
    rig.room.ledger.is_away = True
    refused = await rig.desk.post("/api/v1/media-tokens", json={"direction": "watch", "target": OURS})
    assert (refused.status_code, refused.json()["code"]) == (503, "ledger_unavailable")
    await rig.go_live(THEIRS)
    assert [act.action for act in rig.room.ledger.journalled] == ["stream.publish"]
