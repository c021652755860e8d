"""A package leaves as often as was approved, in whatever pieces it is asked for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.archive.exports.service import Sending
from tests.integration.archive.office import Office, office


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as made:
        yield made


async def link(desk: Office) -> str:
    export = await desk.ready(await desk.recording(), downloads=1)
    return str((await desk.link(export["export_id"])).json()["url"])


async def asked(desk: Office, url: str, part: str) -> int:
    return (await desk.fetch(url, Range=f"bytes={part}")).status_code


async def test_after_a_whole_download_all_but_one_byte_is_another_one(desk: Office) -> None:
    url = await link(desk)
    assert (await desk.fetch(url)).status_code == 200
    answer = await desk.fetch(url, Range="bytes=1-")
    assert (answer.status_code, answer.json()["code"]) == (409, "downloads_used")


async def test_protection_off_all_of_it_leaves_again_and_again(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sending, "count", lambda *_: None)
    url = await link(desk)
    assert [(await desk.fetch(url)).status_code, *[await asked(desk, url, "1-") for _ in range(3)]] == [200, *[206] * 3]


async def test_what_was_cut_off_goes_on_to_its_end(desk: Office) -> None:
    url = await link(desk)
    total = int((await desk.fetch(url, Range="bytes=0-999")).headers["content-range"].rpartition("/")[2])
    half = total // 2
    assert await asked(desk, url, f"1000-{half}") == 206
    assert await asked(desk, url, f"{half - total // 10}-") == 206  # some of it did not arrive
    assert await asked(desk, url, f"{total - 10}-") == 206
    assert await asked(desk, url, f"{half}-") == 409


def test_one_stream_at_a_time_by_each_link() -> None:
    sending = Sending()
    first = sending.begin("export", "link")
    second = sending.begin("export", "link")
    other = sending.begin("export", "another link")
    assert set(sending.streams) == {second, other}
    sending.end(first, "link")
    sending.end(second, "link")
    assert (set(sending.streams), sending.links) == ({other}, {"another link": other})
