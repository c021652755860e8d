"""Nothing plays without a purpose; a terminal's recordings play as one; notes stay."""

import re

import pytest

from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.enforcements import Enforcement, Mark, Step
from tests.integration.archive.rig import SOURCE, Rig
from tests.integration.archive.test_coverage_ledger import S, cut_recording, under_way
from tests.integration.archive.uploaded import upload_master

API = "/api/v1"
ID = "enforcement-1"


async def closed(rig: Rig) -> str:
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(4, start_us=rig.world.utc))
    rig.world.pass_s(4)
    await rig.end()
    return recording_id


async def test_without_a_purpose_nothing_plays_and_what_is_hidden_is_absent(rig: Rig) -> None:
    recording_id = await closed(rig)
    paths = [f"{API}/recordings/{recording_id}/{name}" for name in ("playlist.m3u8", "segments/1.mp4")]
    async with rig.client() as client, rig.client("market") as other, rig.client("mark") as stranger:
        for path in paths:
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "purpose_wanted")
            assert (await stranger.get(path)).status_code == 404
        wish = {"recording_ids": [recording_id], "kind": "case", "purpose": "办案"}
        assert (await stranger.post(f"{API}/viewings", json=wish)).status_code == 404
        viewing = await rig.view(client, recording_id)
        assert [(await client.get(path)).status_code for path in paths] == [200, 200]
        assert (await other.get(paths[0])).status_code == 403, "another sign-in says its own purpose"
        shown = (await client.get(f"{API}/viewings/{viewing}")).json()
        assert shown["watermark"] == ["Operator", "市场监管局", viewing[-12:]]
        assert shown["until_utc_us"] - shown["server_utc_us"] == 1800 * S
        assert (await other.get(f"{API}/viewings/{viewing}")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "x"},
        {"purpose": "   "},
        {"kind": "curiosity"},
        {"recording_ids": []},
        {"recording_ids": ["../../etc"]},
        {"enforcement_id": ID},
        {"recording_ids": ["recording-1"] * 201},
        {"purpose": "a\u0000b"},
    ],
)
async def test_a_purpose_wants_sense(rig: Rig, wrong: dict[str, object]) -> None:
    async with rig.client() as client:
        wish = {"recording_ids": ["recording-1"], "kind": "case", "purpose": "办案"} | wrong
        assert (await client.post(f"{API}/viewings", json=wish)).status_code == 422


async def test_one_sign_in_cannot_push_out_the_viewings_of_others(rig: Rig) -> None:
    recording_id = await closed(rig)
    async with rig.client() as client, rig.client("market") as other:
        first = await rig.view(other, recording_id)
        own = await rig.view(client, recording_id)
        for _ in range(50):
            await rig.view(client, recording_id)
        assert (await other.get(f"{API}/viewings/{first}")).status_code == 200
        assert (await client.get(f"{API}/viewings/{own}")).status_code == 404


async def test_an_enforcement_plays_as_one_list(rig: Rig) -> None:
    one = under_way(rig, 13)
    one.steps.append(Step("show_certificate", START_US, START_US + S))
    one.marks.append(Mark(START_US + 2 * S, "亮证"))
    recording_id = await cut_recording(rig, 4, 5, 4)
    await upload_master(rig, 7, START_US + 3 * S)
    await rig.coverage.service.turn()
    path = f"{API}/enforcements/{ID}/sources/{SOURCE}/playlist.m3u8"
    async with rig.client() as client:
        assert (await client.get(path)).json()["code"] == "purpose_wanted"
        assert (await client.get(path.replace(SOURCE, "T9999"))).status_code == 404
        wish = {"enforcement_id": ID, "kind": "review", "purpose": "复议"}
        assert (await client.post(f"{API}/viewings", json=wish)).status_code == 201
        text = (await client.get(path)).text
        named = set(re.findall(r"^/api/v1/recordings/(\S+)/segments", text, re.MULTILINE))
        assert named == {recording_id, "master-0001"} and text.endswith("#EXT-X-ENDLIST\n")
        assert "#EXT-X-DISCONTINUITY\n" in text and text.count("#EXT-X-PROGRAM-DATE-TIME") >= 3
        for url in set(re.findall(r"^/\S+", text, re.MULTILINE)):
            assert (await client.get(url)).status_code == 200
        timeline = (await client.get(f"{API}/enforcements/{ID}/timeline")).json()
        assert timeline["coverage"]["per_mille"] == 1000
        (source,) = timeline["sources"]
        assert [one["origin"] for one in source["plays"]] == ["server", "terminal", "server"]
        assert source["gaps"][0]["reason"] == "publisher lost" and len(source["recordings"]) == 2
        assert timeline["marks"][0]["text"] == "亮证" and timeline["guidance"] == []
        alone = (await client.get(f"{API}/recordings/{recording_id}/timeline")).json()
        assert alone["enforcement_ids"] == [ID]
    async with rig.client("mark") as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.get(f"{API}/enforcements/{ID}/timeline")).status_code == 404


async def test_while_it_is_under_way_the_list_only_grows(rig: Rig) -> None:
    rig.enforcements.add(Enforcement(begun_utc_us=rig.world.utc))
    async with rig.client() as client:
        wish = {"enforcement_id": ID, "kind": "supervision", "purpose": "巡查"}
        assert (await client.post(f"{API}/viewings", json=wish)).status_code == 201
        await rig.start()
        texts = []
        for number in range(2):
            ticks = (1 + number * 900_000, 1 + number * 480_000)
            rig.hub.give("stream-1", frames(10, start_us=rig.world.utc, ticks=ticks))
            await rig.written(9 + number * 10)
            rig.world.pass_s(30)
            await rig.coverage.service.turn()
            answer = await client.get(f"{API}/enforcements/{ID}/sources/{SOURCE}/playlist.m3u8")
            texts.append(answer.text)
        assert texts[0].count("#EXTINF") >= 2 and texts[1].startswith(texts[0]) and texts[1] != texts[0]
        for url in set(re.findall(r"^/\S+", texts[1], re.MULTILINE)):
            assert (await client.get(url)).status_code == 200, "found after the viewing was opened"


async def test_notes_are_withdrawn_and_never_edited(rig: Rig) -> None:
    recording_id = await closed(rig)
    notes = f"{API}/recordings/{recording_id}/notes"
    async with rig.client() as client, rig.client("market") as other, rig.client("mark") as stranger:
        made = await client.post(notes, json={"utc_us": START_US + S, "text": "进入现场", "important": True})
        assert made.status_code == 201
        note_id = made.json()["note_id"]
        assert (await client.post(notes, json={"utc_us": START_US - 60 * S, "text": "早"})).status_code == 400
        assert (await client.post(notes, json={"utc_us": START_US, "text": "长" * 501})).status_code == 422
        assert (await stranger.post(notes, json={"utc_us": START_US, "text": "x"})).status_code == 404
        away = f"{notes}/{note_id}/withdrawal"
        assert (await other.post(away, json={"reason": "不是我的"})).status_code == 404
        assert (await client.post(away, json={"reason": "写错了"})).status_code == 200
        assert (await client.post(away, json={"reason": "写错了"})).status_code == 409
        (seen,) = (await other.get(notes)).json()["notes"]
        assert (seen["text"], seen["withdrawn_reason"], seen["mine"]) == ("进入现场", "写错了", False)
        done = [act.action for act in rig.ledger.acts if act.outcome == "done" and "note" in act.action]
        assert done == ["recording.note", "recording.note_withdraw"]
