"""A clip is the original's own bytes: made for a purpose, fetched under an approved export by whoever asked for it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.archive.model import Card
from dispatch_server.identity.model import Person, Role
from tests.integration.archive.clips import START_US
from tests.integration.archive.office import Office, office
from tests.integration.archive.test_export_derivatives import API, S, make
from tests.integration.matrix.server import SIBLING

EXPORTS = "/api/v1/exports"
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as made:
        yield made


def wish(card: Card, kind: str = "clip") -> dict[str, Any]:
    return {"recording_id": card.id, "kind": kind, "from_utc_us": START_US, "to_utc_us": START_US + S, "mark": "字样"}


async def fetched(desk: Office, made: dict[str, Any], person: Person | None = None) -> tuple[int, str]:
    answer = await desk.whole.ask("GET", f"{API}/{made['derivative_id']}/content", person or desk.person())
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


@pytest.mark.parametrize("kind", ["clip", "still", "marked"])
async def test_nothing_is_made_without_a_purpose(desk: Office, kind: str) -> None:
    card = await desk.recording(seconds=3)
    refused = await desk.whole.ask("POST", API, desk.person(), wish(card, kind))
    assert (refused.status_code, refused.json()["code"]) == (403, "purpose_wanted")
    hidden = await desk.whole.ask("POST", API, desk.person(place=SIBLING), wish(card, kind))
    assert (hidden.status_code, hidden.json()["code"]) == (404, "recording_unknown")
    stated = await desk.whole.ask("POST", API, desk.person(), wish(card, kind) | {"purpose": "案卷评查"})
    assert stated.status_code == 202, stated.text


async def test_whoever_views_it_has_said_what_for(desk: Office) -> None:
    card, me = await desk.recording(seconds=3), desk.person()
    viewing = {"recording_ids": [card.id], "kind": "case", "purpose": "办案取证"}
    assert (await desk.whole.ask("POST", "/api/v1/viewings", me, viewing)).status_code == 201
    made = await desk.whole.ask("POST", API, me, wish(card), anew=False)
    assert made.status_code == 202, made.text
    export = (await desk.ask(card)).json()["export_id"]
    acts = (await desk.whole.ask("GET", f"{EXPORTS}/{export}/custody", me)).json()["acts"]
    (line,) = [act["line"] for act in acts if "derivative.make" in act["line"]]
    assert "办案取证" in line


async def test_a_clip_leaves_only_under_an_export_of_ones_own_that_is_ready(desk: Office) -> None:
    card = await desk.recording(seconds=3)
    made = await make(desk, card, "clip", 0, 2)
    assert (made["state"], made["needs_export"], made["content_url"]) == ("ready", True, None)
    assert await fetched(desk, made) == (403, "clip_not_approved")
    asked = (await desk.ask(card)).json()["export_id"]
    assert (await fetched(desk, made))[0] == 403  # nobody approved it
    await desk.ready(card, mode="view")
    await desk.ready(await desk.recording(seconds=3))  # of another recording
    assert (await fetched(desk, made))[0] == 403
    assert (await desk.decide(asked)).status_code == 200
    await desk.reach(asked, "ready")
    assert (await fetched(desk, made))[0] == 200
    shown = (await desk.whole.ask("GET", f"{API}/{made['derivative_id']}", desk.person())).json()
    assert (shown["needs_export"], shown["content_url"]) == (False, f"{API}/{made['derivative_id']}/content")
    assert await fetched(desk, made, desk.person(Role.REVIEWER)) == (403, "clip_not_approved")
    await desk.whole.ask("POST", f"{EXPORTS}/{asked}/withdraw", desk.person(Role.REVIEWER), {"reason": "误批"})
    assert (await fetched(desk, made))[0] == 403


async def test_a_still_and_a_marked_copy_need_no_export(desk: Office) -> None:
    card = await desk.recording(seconds=3)
    for kind, end in (("still", 0.0), ("marked", 2.0)):
        made = await make(desk, card, kind, 0, end)
        assert (made["needs_export"], (await fetched(desk, made))[0]) == (False, 200)


async def test_an_export_plays_for_its_viewer_and_its_asker_alone(desk: Office) -> None:
    card = await desk.recording(seconds=3)
    viewer, officer = desk.person(Role.OFFICER, SIBLING), desk.person(Role.OFFICER)
    viewed = await desk.ready(card, mode="view", viewer=viewer.id)
    given = await desk.ready(card, viewer=viewer.id)  # to be downloaded
    everybody = (viewer, desk.person(), officer, desk.person(Role.REVIEWER), desk.person(Role.OPERATOR, ""))
    told = {}
    for export in (viewed, given):
        for person in everybody:
            for rest in ("playback", "playback/1/playlist.m3u8", "playback/1/segments/1.mp4"):
                answer = await desk.whole.ask("GET", f"{EXPORTS}/{export['export_id']}/{rest}", person)
                told.setdefault((export["mode"], person.id), set()).add(answer.status_code)
    assert told.pop(("view", viewer.id)) == told.pop(("view", desk.person().id)) == {200}
    assert set().union(*told.values()) == {404}
