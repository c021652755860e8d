"""The whole server: what the archive and case files tell is searched, and the command makes all of it anew."""

import asyncio
from pathlib import Path

import pytest

from dispatch_server.archive.model import RecordingClosed
from dispatch_server.commands.searching import _rebuilt
from dispatch_server.identity.model import Role
from dispatch_server.reports.model import Query
from dispatch_server.reports.store import SearchStore
from tests.integration.matrix.examples import recording
from tests.integration.matrix.server import HOME, SIBLING, Whole, whole_server
from tests.integration.matrix.things import case_made
from tests.ledgers import FakeLedger
from tests.waiting import until_async

pytestmark = pytest.mark.timeout(180)
API = "/api/v1/search/recordings"


async def found(whole: Whole, place: str, **asked: str) -> list[str]:
    words = "&".join(f"{name}={value}" for name, value in asked.items())
    answer = await whole.ask("GET", f"{API}?{words}", whole.people[Role.OPERATOR, place])
    assert answer.status_code == 200, answer.text
    return [one["recording_id"] for one in answer.json()["recordings"]]


async def test_what_happens_is_found(tmp_path: Path) -> None:
    async with whole_server(tmp_path / "var", ledger=FakeLedger()) as whole:
        one, store = (await recording(whole)).value, SearchStore(whole.wiring.database)
        world = whole.wiring.world
        whole.wiring.bus.publish(
            RecordingClosed(
                identity=world.new_id(), utc_us=world.utc_us(), recording_id=one, stream_id="s", source="T1301",
                reason="ended",
            )
        )  # fmt: skip

        async def is_there(query: Query) -> bool:
            return any(row.recording_id == one for row in (await store.search(query)).rows)

        await eventually(is_there, Query(10, unlinked=True))
        case = await case_made(whole)
        wish = {"thing": "recording", "id": one}
        path = f"/api/v1/cases/{case['id']}/links"
        assert (await whole.ask("POST", path, whole.people[Role.OPERATOR, HOME], wish)).status_code == 201
        await eventually(is_there, Query(10, case_number=case["number"]))
        assert await found(whole, HOME, case=case["number"]) == [one]
        assert await found(whole, SIBLING, case=case["number"]) == await found(whole, SIBLING) == []
        await store.clear()
        assert await found(whole, HOME) == []
        assert await _rebuilt(whole.wiring.settings) == 1
        assert await found(whole, HOME, case=case["number"]) == [one]


async def eventually(is_there: object, query: Query) -> None:
    seen: list[bool] = []

    async def look() -> None:
        while not seen:
            if await is_there(query):  # type: ignore[operator]
                seen.append(True)
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    try:
        await until_async(lambda: bool(seen), 30, "the row")
    finally:
        looking.cancel()
