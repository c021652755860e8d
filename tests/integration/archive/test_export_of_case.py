"""The package of a case whose footage is not all there any more: the rest leaves, and what does not is named."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.archive.model import Card, Recording, State
from dispatch_server.archive.store import RecordingStore
from tests.integration.archive.office import API, START_US, Office, office
from tests.integration.matrix.server import HOME
from tests.integration.matrix.things import case_made


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as desk:
        yield desk


async def in_state(desk: Office, state: State) -> Card:
    card = Card(desk.whole.new_id(), "stream-2", "T1302", HOME, START_US)
    await RecordingStore(desk.whole.wiring.database).save([Recording(card, state)], [])
    return card


async def case_of(desk: Office, *cards: Card) -> str:
    case_id = str((await case_made(desk.whole))["id"])
    for card in cards:
        wish = {"thing": "recording", "id": card.id}
        answer = await desk.whole.ask("POST", f"/api/v1/cases/{case_id}/links", desk.person(), wish)
        assert answer.status_code == 201, answer.text
    return case_id


async def asked(desk: Office, case_id: str) -> Any:
    wish = {"case": case_id, "purpose": "诉讼举证", "recipient": "县人民法院"}
    return await desk.whole.ask("POST", API, desk.person(), wish)


async def test_a_destroyed_recording_and_one_that_goes_on_are_left_out_and_named(desk: Office) -> None:
    there = await desk.recording()
    gone, going_on = await in_state(desk, State.PURGED), await in_state(desk, State.OPEN)
    answer = await asked(desk, await case_of(desk, gone, there, going_on))
    assert answer.status_code == 201, answer.text
    export = answer.json()
    left_out = sorted(
        [{"recording_id": gone.id, "why": "purged"}, {"recording_id": going_on.id, "why": "open"}],
        key=lambda one: one["recording_id"],
    )
    assert export["recordings"] == [there.id]
    assert sorted(export["left_out"], key=lambda one: one["recording_id"]) == left_out
    assert (await desk.decide(export["export_id"])).status_code == 200
    ready = await desk.reach(export["export_id"], "ready")
    assert sorted(ready["left_out"], key=lambda one: one["recording_id"]) == left_out
    assert there.id.encode() in await desk.package(export["export_id"])


async def test_with_nothing_left_it_says_why(desk: Office) -> None:
    answer = await asked(desk, await case_of(desk, await in_state(desk, State.PURGED)))
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_purged")


async def test_a_recording_that_was_named_is_not_left_out(desk: Office) -> None:
    answer = await desk.ask(await desk.recording(), await in_state(desk, State.PURGED))
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_purged")
