"""Originals are read whole before a package of them is signed; what is still to come is waited for, and named."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dispatch_server.archive import folders
from dispatch_server.archive.exports.assembly import ExportsRoom
from dispatch_server.archive.exports.content import SEAL
from dispatch_server.archive.exports.ports import OriginalsPort
from dispatch_server.archive.model import Card, Recording, State
from dispatch_server.archive.seals.model import Findings
from dispatch_server.archive.store import RecordingStore
from tests.integration.archive.office import Office, office
from tests.waiting import until_async


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as made:
        yield made


def exports(desk: Office) -> ExportsRoom:
    room = desk.whole.wiring.state["exports"]
    assert isinstance(room, ExportsRoom)
    return room


async def sealed(desk: Office) -> Card:
    """The server has taken note of its seal."""
    card = await desk.recording()
    rows = RecordingStore(desk.whole.wiring.database)

    async def noted() -> bool:
        found = await rows.find(card.id)
        return found is not None and found.state is State.SEALED

    await until_async(noted, 30, "the seal to be on record")
    return card


async def approved(desk: Office, card: Card) -> str:
    export_id = str((await desk.ask(card)).json()["export_id"])
    assert (await desk.decide(export_id)).status_code == 200
    return export_id


class Believing:
    """Protection off: whatever lies there is taken for the original."""

    async def lacking(self, recording: Recording) -> Sequence[int]:
        return []

    async def read(self, recording: Recording) -> Findings:
        return Findings()


class OnTheWay:
    """The terminal still has two segments."""

    def __init__(self, real: OriginalsPort) -> None:
        self.real, self.left = real, [2, 3]

    async def lacking(self, recording: Recording) -> Sequence[int]:
        return self.left

    async def read(self, recording: Recording) -> Findings:
        return await self.real.read(recording)


async def test_what_somebody_rewrote_does_not_leave(desk: Office) -> None:
    card = await sealed(desk)
    path = desk.folder(card) / folders.END
    end = json.loads(path.read_bytes()) | {"reason": "forged"}
    path.write_text(json.dumps(end, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    found = await desk.reach(await approved(desk, card), "failed")
    assert card.id in found["note"] and "closed.json is not the one that was sealed" in found["note"]
    exports(desk).preparing.originals = Believing()
    assert (await desk.reach(await approved(desk, card), "ready"))["state"] == "ready"


async def test_what_lost_its_seal_does_not_leave(desk: Office) -> None:
    card = await sealed(desk)
    (desk.folder(card) / SEAL).unlink()
    found = await desk.reach(await approved(desk, card), "failed")
    assert "it was sealed, and its folder says that it is closed" in found["note"] or "carries no seal" in found["note"]


async def test_bytes_that_a_disk_lost_are_told_in_the_package(desk: Office) -> None:
    card = await sealed(desk)
    media = desk.folder(card) / folders.media_name(1)
    data = media.read_bytes()
    media.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    recording = await RecordingStore(desk.whole.wiring.database).find(card.id)
    assert recording is not None
    problem, *_ = (await exports(desk).preparing._facts(recording)).problems
    assert "the bytes are not those that were kept" in problem
    await desk.reach(await approved(desk, card), "ready")


async def test_segments_that_are_still_to_come_are_waited_for_and_named(desk: Office) -> None:
    card, preparing = await sealed(desk), exports(desk).preparing
    way = preparing.originals = OnTheWay(preparing.originals)
    export_id = await approved(desk, card)
    preparing.wake.set()

    async def told() -> bool:
        return (await desk.show(export_id))["note"] == f"waits for segments of {card.id}: 2, 3"

    await until_async(told, 30, "what is waited for to be told")
    way.left = []
    preparing.wake.set()
    await desk.reach(export_id, "ready")


async def test_what_never_comes_ends_the_wait(desk: Office) -> None:
    card, preparing = await sealed(desk), exports(desk).preparing
    preparing.originals = OnTheWay(preparing.originals)
    preparing.service.limits = type(preparing.service.limits)(seal_wait_us=-1)
    found = await desk.reach(await approved(desk, card), "failed")
    assert found["note"] == f"segments never came, of {card.id}: 2, 3"
