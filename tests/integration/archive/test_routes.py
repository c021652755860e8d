"""Recordings over HTTP: who may, what is listed, and that a player gets exactly what was announced."""

import io
import re
from pathlib import Path

import av
import pytest

from dispatch_server.archive.store import RecordingStore
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig

API = "/api/v1/recordings"


async def record(rig: Rig, seconds: int = 6, **more: object) -> str:
    """A closed recording of so many seconds."""
    recording_id = await rig.start(**more)  # type: ignore[arg-type]
    stream_id = str(more.get("stream_id", "stream-1"))
    rig.hub.give(stream_id, frames(seconds, start_us=rig.world.utc))
    rig.world.pass_s(seconds)
    await rig.end(stream_id)
    return recording_id


async def test_a_list_says_what_the_console_shows(rig: Rig) -> None:
    recording_id = await record(rig)
    async with rig.client() as client:
        answer = await client.get(API)
        assert answer.status_code == 200
        (entry,) = answer.json()["recordings"]
        assert entry == {
            "recording_id": recording_id,
            "stream_id": "stream-1",
            "source": SOURCE,
            "terminal_name": f"终端 {SOURCE}",
            "department_code": "county/market",
            "department_name": "市场监管局",
            "department_name_en": "Market bureau",
            "layer": "main",
            "state": "closed",
            "started_utc_us": START_US,
            "ended_utc_us": START_US + 6_000_000,
            "kept_us": 6_000_000,
            "bytes": entry["bytes"],
            "gaps": 0,
            "thumbnail_url": None,
            "playlist_url": f"{API}/{recording_id}/playlist.m3u8",
        }
        detail = (await client.get(f"{API}/{recording_id}")).json()
        assert detail["reason"] == "ended by its owner"
        assert [(one["number"], one["fragments"], one["picture"]) for one in detail["segments"]] == [(1, 6, True)]


async def test_pages_go_back_in_time_without_a_hole(rig: Rig) -> None:
    made = []
    for number in range(5):
        made.append(await record(rig, 1, stream_id=f"stream-{number}"))
    async with rig.client() as client:
        seen, cursor = [], None
        for _ in range(4):
            more = {"cursor": cursor} if cursor else {}
            page = (await client.get(API, params={"limit": 2, **more})).json()
            seen += [entry["recording_id"] for entry in page["recordings"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == made[::-1]
        times = {"from_utc_us": START_US + 1_500_000, "to_utc_us": START_US + 2_500_000}
        found = (await client.get(API, params=times)).json()["recordings"]
        assert [entry["recording_id"] for entry in found] == [made[2], made[1]]
        assert (await client.get(API, params={"source": "T9999"})).json()["recordings"] == []
        for cursor in ("x", "%%%", "MQ", "LTEuYQ", "YQ.." * 40):
            assert (await client.get(API, params={"cursor": cursor})).status_code == 400


async def test_a_department_sees_its_own_subtree_and_nothing_of_others(rig: Rig) -> None:
    mine = await record(rig, 1, stream_id="stream-1", department="county/market")
    below = await record(rig, 1, stream_id="stream-2", department="county/market/east")
    other = await record(rig, 1, stream_id="stream-3", department="county/marketing")
    async with rig.client("market") as client:
        found = (await client.get(API)).json()["recordings"]
        assert {entry["recording_id"] for entry in found} == {mine, below}
        for path in ("", "/playlist.m3u8", "/segments/1.mp4", "/thumbnail.jpg"):
            absent = await client.get(f"{API}/{other}{path}")
            unknown = await client.get(f"{API}/{'0' * 36}{path}")
            assert absent.status_code == unknown.status_code == 404
            assert absent.json()["code"] == unknown.json()["code"]
        await rig.view(client, mine)
        assert (await client.get(f"{API}/{mine}/playlist.m3u8")).status_code == 200
    async with rig.client("mark") as client:
        assert (await client.get(API)).json()["recordings"] == []


async def test_nobody_plays_who_may_not(rig: Rig) -> None:
    recording_id = await record(rig, 1)
    paths = [API, f"{API}/{recording_id}", "/api/v1/streams/stream-1/thumbnail.jpg"]
    paths += [f"{API}/{recording_id}/{name}" for name in ("playlist.m3u8", "segments/1.mp4", "thumbnail.jpg")]
    for person, status in (("stranger", 401), ("officer", 403)):
        async with rig.client(person) as client:
            assert [(await client.get(path)).status_code for path in paths] == [status] * len(paths)


async def test_a_player_can_put_the_recording_together_from_its_list(rig: Rig) -> None:
    recording_id = await record(rig, 10)
    async with rig.client() as client:
        await rig.view(client, recording_id)
        answer = await client.get(f"{API}/{recording_id}/playlist.m3u8")
        assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
        assert answer.headers["cache-control"] == "no-store"
        media = b""
        text = answer.text
        for size, offset, uri in ranges_of(text):
            part = await client.get(
                f"{API}/{recording_id}/{uri}", headers={"Range": f"bytes={offset}-{offset + size - 1}"}
            )
            assert part.status_code == 206 and len(part.content) == size
            media += part.content
    with av.open(io.BytesIO(media)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 250
    assert "#EXT-X-ENDLIST" in text


def ranges_of(text: str) -> list[tuple[int, int, str]]:
    """What a player asks for, in order."""
    found = []
    for line in text.splitlines():
        if match := re.fullmatch(r'#EXT-X-MAP:URI="(.*)",BYTERANGE="(\d+)@(\d+)"', line):
            found.append((int(match[2]), int(match[3]), match[1]))
        elif match := re.fullmatch(r"#EXT-X-BYTERANGE:(\d+)@(\d+)", line):
            size, offset = int(match[1]), int(match[2])
        elif not line.startswith("#"):
            found.append((size, offset, line))
    return found


async def test_an_open_recording_plays_up_to_what_is_durable(rig: Rig) -> None:
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(10))
    await rig.written(9)
    await rig.room.upkeep.save()
    async with rig.client() as client:
        await rig.view(client, recording_id)
        text = (await client.get(f"{API}/{recording_id}/playlist.m3u8")).text
        assert "#EXT-X-ENDLIST" not in text and text.count("#EXTINF") == 2
        whole = await client.get(f"{API}/{recording_id}/segments/1.mp4")
        held = rig.room.archive.by_id[recording_id].segment
        assert held is not None and len(whole.content) == held.bytes
        # A kept copy with a tag that has changed since would be answered with the whole file.
        assert whole.headers["Cache-Control"] == "no-store"
        behind = await client.get(f"{API}/{recording_id}/segments/1.mp4", headers={"Range": f"bytes={held.bytes}-"})
        assert behind.status_code == 416
        (entry,) = (await client.get(API)).json()["recordings"]
        assert (entry["state"], entry["ended_utc_us"], entry["kept_us"]) == ("open", None, 9_000_000)


async def test_what_lies_behind_the_announced_part_is_never_sent(rig: Rig) -> None:
    recording_id = await rig.start()
    rig.hub.give("stream-1", frames(3))
    await rig.written(2)
    held = rig.room.archive.by_id[recording_id].segment
    assert held is not None
    (path,) = Path(rig.roots[0]).glob("*/*/*/*/*.mp4")
    with path.open("ab") as file:
        file.write(b"half a fragment")
    async with rig.client() as client:
        await rig.view(client, recording_id)
        assert len((await client.get(f"{API}/{recording_id}/segments/1.mp4")).content) == held.bytes


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,3-4",
        "bytes=5-1",
        "bytes=-0",
        "bytes=99999999999-",
        "bytes=" + "0-1," * 10_000,
        "bytes=a-b",
        "bytes=--1",
    ],
)
async def test_one_range_or_none(rig: Rig, asked: str) -> None:
    """Reliability H7."""
    recording_id = await record(rig, 1)
    async with rig.client() as client:
        await rig.view(client, recording_id)
        answer = await client.get(f"{API}/{recording_id}/segments/1.mp4", headers={"Range": asked})
        assert answer.status_code == 416 and answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize(
    "path",
    ["/..%2f..%2fetc%2fpasswd", "/a/segments/1.mp4", "/recording-1/segments/0.mp4", "/recording-1/segments/x.mp4",
     "/recording-1/segments/..%2f1.mp4", "/recording-1/segments/9999999.mp4", "/%00%00%00%00%00%00%00%00"],
)  # fmt: skip
async def test_ids_carry_no_path(rig: Rig, path: str) -> None:
    async with rig.client() as client:
        assert (await client.get(API + path)).status_code in (404, 422)


async def test_a_list_wants_sense(rig: Rig) -> None:
    async with rig.client() as client:
        for bad in ({"limit": 0}, {"limit": 10_000}, {"from_utc_us": -1}, {"to_utc_us": 1 << 63}, {"source": "x" * 65}):
            assert (await client.get(API, params=bad)).status_code == 422


async def test_searching_uses_the_indexes(rig: Rig) -> None:
    """A list of a department or a source must not read the whole table."""
    from sqlalchemy import text

    store: RecordingStore = rig.room.catalog.store
    async with store._database.reading() as connection:
        for column in ("source", "department"):
            plan = await connection.execute(
                text(
                    f"EXPLAIN QUERY PLAN SELECT * FROM recordings WHERE {column} = 'x' "
                    "ORDER BY opened_utc_us DESC, id DESC LIMIT 50"
                )
            )
            assert f"ix_recordings_{column}_opened_utc_us" in str(plan.all())


async def test_one_viewing_is_one_line_of_the_ledger(rig: Rig) -> None:
    recording_id = await record(rig, 3)
    async with rig.client() as client:
        viewing = await rig.view(client, recording_id, purpose="核查现场")
        (opened,) = rig.ledger.of("viewing.open")
        assert (opened.subject, opened.detail["purpose"]) == (f"recording:{recording_id}", "case: 核查现场")
        for _ in range(3):
            assert (await client.get(f"{API}/{recording_id}/playlist.m3u8")).status_code == 200
            assert (await client.get(f"{API}/{recording_id}/segments/1.mp4")).status_code == 200
        (act,) = rig.ledger.of("recording.play")
        assert (act.subject, act.department, act.actor) == (f"recording:{recording_id}", DEPARTMENT, "person:p1")
        assert act.detail["viewing"] == viewing
        rig.world.pass_s(1801)
        over = await client.get(f"{API}/{recording_id}/segments/1.mp4")
        assert (over.status_code, over.json()["code"]) == (403, "purpose_wanted")
        await rig.view(client, recording_id)
        assert (await client.get(f"{API}/{recording_id}/segments/1.mp4")).status_code == 200
        assert len(_played(rig)) == 2
    async with rig.client("market") as client:
        await rig.view(client, recording_id)
        await client.get(f"{API}/{recording_id}/playlist.m3u8")
        assert len(_played(rig)) == 3


def _played(rig: Rig) -> list[object]:
    return [act for act in rig.ledger.of("recording.play") if act.outcome == "done"]


async def test_nothing_is_played_that_cannot_be_put_on_record(rig: Rig) -> None:
    recording_id = await record(rig, 3)
    async with rig.client() as client:
        await rig.view(client, recording_id)
        rig.ledger.is_away = True
        for name in ("playlist.m3u8", "segments/1.mp4"):
            refused = await client.get(f"{API}/{recording_id}/{name}")
            assert (refused.status_code, refused.json()["code"]) == (503, "ledger_unavailable")
        wish = {"recording_ids": [recording_id], "kind": "case", "purpose": "办案"}
        assert (await client.post("/api/v1/viewings", json=wish)).status_code == 503


async def test_a_still_of_another_department_is_not_there(rig: Rig) -> None:
    await rig.start(department="county/marketing")
    still = rig.room.pictures.stills["stream-1"]
    still.jpeg = b"jpeg"
    for person, status in (("market", 404), ("operator", 200)):
        async with rig.client(person) as client:
            assert (await client.get("/api/v1/streams/stream-1/thumbnail.jpg")).status_code == status


async def test_stills_are_views_and_each_is_one_line(rig: Rig) -> None:
    recording_id = await record(rig)
    recording, scope = f"{API}/{recording_id}", "county/market"
    await rig.start(stream_id="stream-2")
    still = rig.room.pictures.stills["stream-2"]
    live = "/api/v1/streams/stream-2/thumbnail.jpg"
    async with rig.client() as client:
        rig.ledger.acts.clear()
        for _ in range(2):
            assert (await client.get(live)).status_code == 404
        assert rig.ledger.lines() == []  # nothing was seen, and it is no probe: there is none yet
        still.jpeg = b"jpeg"
        for _ in range(3):
            assert (await client.get(live)).status_code == 200
        told = ("stream.watch", "stream:stream-2", "done")
        assert rig.ledger.lines() == [told]
        assert rig.ledger.acts[0].detail["still"] is True and rig.ledger.acts[0].department == scope
        assert (await client.get("/api/v1/streams/none/thumbnail.jpg")).status_code == 404
        assert rig.ledger.lines() == [told, ("stream.watch", "stream:none", "refused")]
        await rig.view(client, recording_id)
        rig.ledger.is_away = True
        assert (await client.get(live)).status_code == 200  # that viewing goes on
        assert (await client.get(f"{recording}/playlist.m3u8")).status_code == 503
