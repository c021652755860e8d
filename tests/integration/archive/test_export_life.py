"""Who asks, who decides, who fetches: two people, a fresh second factor, and links that end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.archive.exports.assembly import ExportsRoom
from dispatch_server.archive.exports.limits import HOUR_US
from dispatch_server.archive.model import Card, Recording
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.model import Person, Role
from dispatch_server.kit.scope import COUNTY as COUNTY_SCOPE
from tests.integration.archive.office import API, START_US, Office, office
from tests.integration.matrix.server import HOME, SIBLING
from tests.waiting import until_async


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as desk:
        yield desk


def room(desk: Office) -> ExportsRoom:
    found = desk.whole.wiring.state["exports"]
    assert isinstance(found, ExportsRoom)
    return found


async def test_who_asks_does_not_approve(desk: Office) -> None:
    asked = (await desk.ask(await desk.recording())).json()
    own = await desk.decide(asked["export_id"], person=desk.person())
    assert (own.status_code, own.json()["code"]) == (403, "another_person_needed")
    assert (await desk.show(asked["export_id"]))["state"] == "requested"


async def test_who_approves_has_just_shown_a_second_factor(desk: Office) -> None:
    export_id = (await desk.ask(await desk.recording())).json()["export_id"]
    reviewer = desk.person(Role.REVIEWER)
    secret, _ = await desk.whole.sign_ins.open(reviewer, (), 0)
    headers = {"Cookie": f"session={secret}"}
    answer = await desk.whole.client.post(f"{API}/{export_id}/approve", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")


async def test_another_department_does_not_know_of_it(desk: Office) -> None:
    card = await desk.recording()
    export = await desk.ready(card)
    stranger = desk.person(Role.REVIEWER, SIBLING)
    for method, path in (
        ("GET", ""),
        ("POST", "/approve"),
        ("POST", "/links"),
        ("GET", "/custody"),
        ("GET", "/playback"),
    ):
        there = await desk.whole.ask(
            method, f"{API}/{export['export_id']}{path}", stranger, {} if method == "POST" else None
        )
        absent = await desk.whole.ask(
            method, f"{API}/{desk.whole.new_id()}{path}", stranger, {} if method == "POST" else None
        )
        assert there.status_code == absent.status_code == 404
        assert there.json()["code"] == absent.json()["code"]
    assert (await desk.ask(card, person=stranger)).status_code == 404


async def test_what_is_still_recorded_or_destroyed_is_refused_with_its_reason(desk: Office) -> None:
    going_on = Card(desk.whole.new_id(), "stream-2", "T1301", HOME, START_US)
    await RecordingStore(desk.whole.wiring.database).save([Recording(going_on)], [])
    refused = await desk.ask(going_on)
    assert (refused.status_code, refused.json()["code"]) == (409, "recording_open")
    unclear = await desk.whole.ask("POST", API, desk.person(), {"purpose": "x", "recipient": "y"})
    assert (unclear.status_code, unclear.json()["code"]) == (400, "asking_unclear")
    case = {"case": "case-1", "purpose": "x", "recipient": "y"}
    assert (await desk.whole.ask("POST", API, desk.person(), case)).status_code == 404


async def test_a_link_is_for_one_sign_in_and_so_many_downloads(desk: Office) -> None:
    export = await desk.ready(await desk.recording(), downloads=2)
    export_id = export["export_id"]
    reviewer = desk.person(Role.REVIEWER)
    not_theirs = await desk.link(export_id, reviewer)
    assert (not_theirs.status_code, not_theirs.json()["code"]) == (403, "not_the_asker")
    url = (await desk.link(export_id)).json()["url"]
    by_another = await desk.fetch(url, reviewer)
    assert (by_another.status_code, by_another.json()["code"]) == (404, "link_unknown")
    made_up = await desk.fetch(f"{API}/{export_id}/package.zip?secret=guessed")
    assert (made_up.status_code, made_up.json()["code"]) == (404, "link_unknown")
    resumed_first = await desk.fetch(url, Range="bytes=1-")
    assert (resumed_first.status_code, resumed_first.json()["code"]) == (409, "downloads_used")
    assert [(await desk.fetch(url)).status_code for _ in range(3)] == [200, 200, 409]
    first_sign_in = desk.whole.secrets[desk.person().id]
    await desk.show(export_id)  # the same person with a new sign-in
    assert desk.whole.secrets[desk.person().id] != first_sign_in
    assert (await desk.fetch(url)).status_code == 404
    assert (await desk.show(export_id))["fetched"] == 2


async def test_a_link_ends_with_its_time(desk: Office) -> None:
    export = await desk.ready(await desk.recording(), hours=1)
    url = (await desk.link(export["export_id"])).json()["url"]
    service = room(desk).service
    moved = Later(service.world, HOUR_US + 1)
    service.world = moved
    answer = await desk.fetch(url)
    assert (answer.status_code, answer.json()["code"]) == (404, "link_unknown")
    await service.expire()
    assert (await desk.show(export["export_id"]))["state"] == "expired"


class Later:
    """The world, so much later."""

    def __init__(self, world: object, by_us: int) -> None:
        self._world, self._by_us = world, by_us

    def utc_us(self) -> int:
        return int(self._world.utc_us()) + self._by_us  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> object:
        return getattr(self._world, name)


async def test_withdrawal_ends_links_and_breaks_off_what_is_being_sent(desk: Office) -> None:
    export = await desk.ready(await desk.recording(), downloads=3)
    url = (await desk.link(export["export_id"])).json()["url"]
    exports = room(desk)
    found = await exports.service.find(export["export_id"], COUNTY_SCOPE)
    package = await exports.packages.of(found)
    running = exports.sender.parts(package, 0, package.zip.total)
    await anext(running)
    taken_back = await desk.whole.ask(
        "POST", f"{API}/{export['export_id']}/withdraw", desk.person(Role.REVIEWER), {"reason": "误批"}
    )
    assert taken_back.json()["state"] == "withdrawn"
    with pytest.raises(OSError, match="taken back"):
        async for _ in running:
            pass
    assert (await desk.fetch(url)).status_code == 404
    assert exports.service.sending.streams == {}


async def test_what_is_only_to_be_viewed_is_played_and_not_given_out(desk: Office) -> None:
    viewer = desk.person(Role.OFFICER, SIBLING)
    export = await desk.ready(await desk.recording(), mode="view", viewer=viewer.id)
    refused = await desk.link(export["export_id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "only_to_view")
    listed = await desk.whole.ask("GET", f"{API}/{export['export_id']}/playback", viewer)
    playlist_url = listed.json()["recordings"][0]["playlist_url"]
    playlist = await desk.whole.ask("GET", playlist_url, viewer)
    assert playlist.text.startswith("#EXTM3U")
    segment = await desk.whole.ask("GET", playlist_url.replace("playlist.m3u8", "segments/1.mp4"), viewer)
    assert segment.status_code == 200 and b"ftyp" in segment.content[:16]
    other = desk.person(Role.OFFICER, "14")
    assert other.id == viewer.id
    assert (await desk.whole.ask("GET", playlist_url, desk.person(Role.OPERATOR, SIBLING))).status_code == 404


async def test_a_slow_reader_holds_one_piece(desk: Office) -> None:
    """What is not asked for is not read: the sender stands still with one piece, however large the rest is."""
    export = await desk.ready(await desk.recording())
    exports = room(desk)
    found = await exports.service.find(export["export_id"], COUNTY_SCOPE)
    package = await exports.packages.of(found)
    running = exports.sender.parts(package, 0, package.zip.total)
    reads: list[int] = []
    run = exports.sender.threads.run

    async def counted(kind: object, function: object, *arguments: object) -> object:
        reads.append(1)
        return await run(kind, function, *arguments)  # type: ignore[arg-type]

    object.__setattr__(exports.sender, "threads", type("Counted", (), {"run": staticmethod(counted)})())
    for _ in range(3):
        await anext(running)
    before = len(reads)
    await until_async(lambda: True)
    assert len(reads) == before
    await running.aclose()
    object.__setattr__(exports.sender, "threads", desk.whole.wiring.threads)
    assert exports.service.sending.streams == {}


async def test_no_more_packages_are_sent_at_once_than_allowed(desk: Office) -> None:
    export = await desk.ready(await desk.recording(), downloads=3)
    url = (await desk.link(export["export_id"])).json()["url"]
    sending = room(desk).service.sending
    sending.streams.update({object(): "another" for _ in range(4)})
    assert (await desk.fetch(url)).status_code == 503
    sending.stop("another")
    assert (await desk.fetch(url)).status_code == 200


async def test_the_list_is_filtered_by_the_server(desk: Office) -> None:
    """By states and by who asked, so that each page is full of what was wanted."""
    card = await desk.recording()
    ready = (await desk.ready(card))["export_id"]
    waiting = (await desk.ask(card)).json()["export_id"]

    async def listed(query: str, person: Person | None = None) -> list[str]:
        answer = await desk.whole.ask("GET", f"{API}?{query}", person or desk.person(Role.REVIEWER))
        assert answer.status_code == 200, answer.text
        return [one["export_id"] for one in answer.json()["exports"]]

    assert await listed("") == [waiting, ready]
    assert await listed("state=requested") == [waiting]
    assert await listed("state=approved&state=ready&limit=1") == [ready]
    assert await listed("mine=true&state=requested", desk.person()) == [waiting]
    assert await listed("mine=true") == []
    assert (await desk.whole.ask("GET", f"{API}?state=nothing", desk.person())).status_code == 422
