"""The whole server with a team in the field, an enforcement that it carried out, and a recording of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dispatch_server.archive.coverage.model import PictureFault
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import read_recording, rows_of
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.model import Role
from dispatch_server.media.sink import Frame
from dispatch_server.wiring.connecting import Rooms
from tests.integration.archive.clips import START_US, frames
from tests.integration.archive.office import keep, seal
from tests.integration.enforcement.field import WELL, Field, opened_field
from tests.integration.matrix.server import HOME
from tests.integration.matrix.things import case_made

SECONDS = 4
BEFORE_US = 60_000_000  # so long ago it began
MARK, NOTE = "当事人到场", "封条编号清晰可见"


@dataclass
class Story:
    """`recording` shows the seconds from the enforcement's beginning on."""

    field: Field
    enforcement: str
    recording: Card
    case: str = ""
    number: str = ""

    @property
    def rooms(self) -> Rooms:
        found = self.field.whole.wiring.state["rooms"]
        assert isinstance(found, Rooms)
        return found

    async def link(self, thing: str = "enforcement") -> None:
        """Into a new case."""
        made = await case_made(self.field.whole)
        self.case, self.number = made["id"], made["number"]
        body = {"thing": thing, "id": self.enforcement if thing == "enforcement" else self.recording.id}
        answer = await self.field.desk("POST", f"/cases/{self.case}/links", body)
        assert answer.status_code == 201, answer.text

    async def note(self) -> None:
        body = {"utc_us": self.recording.opened_utc_us + 1_000_000, "text": NOTE}
        answer = await self.field.desk("POST", f"/recordings/{self.recording.id}/notes", body, role=Role.REVIEWER)
        assert answer.status_code == 201, answer.text


def shifted(clip: list[Frame], by_us: int) -> list[Frame]:
    return [
        Frame(one.kind, one.layer, one.ticks, one.utc_us + by_us, one.data, one.is_key, one.parameter_sets, False)
        for one in clip
    ]


async def recorded(field: Field, source: str, begun_utc_us: int, *, sealed: bool = True) -> Card:
    """What a source sent, kept as the archive keeps it."""
    wiring = field.whole.wiring
    root = Path(wiring.settings.archive.folder or f"{wiring.settings.data_folder}/archive")
    card = Card(field.whole.new_id(), "stream-1", source, HOME, begun_utc_us)
    keep(root, card, shifted(frames(SECONDS, gop=25), begun_utc_us - START_US))
    if sealed:
        seal(root, card, wiring.state["rooms"].seals.seals.keys.present)  # type: ignore[attr-defined]
    recording, segments = rows_of(read_recording([root], card))
    await RecordingStore(wiring.database).save([recording], segments)
    return card


async def carried_out(field: Field) -> Story:
    """Begun, a step, a mark; finished with reasons for what was left out."""
    begun = field.now - BEFORE_US
    enforcement = await field.opened("T1301", utc_us=begun)
    steps = (
        ("begin", {"utc_us": begun, "check": WELL}),
        ("steps", {"utc_us": begun, "step": "sign", "what": "begin"}),
        ("steps", {"utc_us": begun + 2_000_000, "step": "sign", "what": "end"}),
        ("marks", {"utc_us": begun + 1_000_000, "text": MARK}),
    )
    for command, words in steps:
        answer = await field.send("T1301", enforcement, command, **words)
        assert answer.status_code == 200, answer.text
    card = await recorded(field, "T1301", begun)
    await field.room.service.store.database.check()
    return Story(field, enforcement, card)


async def finished(story: Story) -> None:
    lines = (await story.field.detail(story.enforcement))["checklist"]
    missing = [
        {"step": one["step"]["code"], "reason": "示例未做"}
        for one in lines
        if one["step"]["required"] and not one["taken"]
    ]
    end = story.recording.opened_utc_us + (SECONDS + 1) * 1_000_000
    answer = await story.field.send(
        "T1301", story.enforcement, "finish", utc_us=end, reason="完成", missing=missing
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


async def faulty(story: Story) -> None:
    fault = PictureFault(story.recording.id, story.recording.opened_utc_us + 1, ("covered",))
    await story.rooms.coverage.service.store.add_fault(fault)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with opened_field(tmp_path / "var") as field:
        yield await carried_out(field)
