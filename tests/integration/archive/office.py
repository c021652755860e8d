"""The whole server with sealed recordings of the department at home, and people who ask for exports and decide them."""

import hashlib
import io
import json
import random
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx2

from dispatch_server.archive import folders
from dispatch_server.archive.disk import LocalDisk
from dispatch_server.archive.exports.content import SEAL
from dispatch_server.archive.limits import PoolLimits
from dispatch_server.archive.model import Card
from dispatch_server.archive.pool import WriterPool
from dispatch_server.archive.reading import KeptRecording, read_recording, rows_of
from dispatch_server.archive.seals.evidence_key import KEY_NAME, EvidenceKey
from dispatch_server.archive.store import RecordingStore
from dispatch_server.archive.writer import RecordingWriter
from dispatch_server.identity.model import Person, Role
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.media.sink import Frame
from dispatch_server.protocol.footage import canonical
from dispatch_server.protocol.seals import ED25519, FORM, Seal, content_digest, signature_of, write_seal
from tests.integration.archive.clips import START_US, frames
from tests.integration.matrix.server import HOME, Whole, whole_server
from tests.waiting import until, until_async

API = "/api/v1/exports"
MOST_QUEUED_BYTES = 16 << 20  # a clip is given faster than a camera gives it
PICTURE_BYTES = 120_000  # 25 of them a second: 24 Mbit/s
SHORT = RecorderLimits(segment_us=2_000_000)  # some segments in a few seconds


def heavy_clip(seconds: int) -> list[Frame]:
    """Real heads and times, with bytes of chance for pictures: nothing here decodes them."""
    chance = random.Random(5)
    pool = [(PICTURE_BYTES - 4).to_bytes(4, "big") + chance.randbytes(PICTURE_BYTES - 4) for _ in range(50)]
    clip = frames(4, gop=50)
    made = []
    for turn in range(seconds // 4):
        for frame in clip:
            is_video = frame.kind is Kind.VIDEO
            made.append(
                Frame(
                    frame.kind,
                    frame.layer,
                    frame.ticks + turn * 4 * (90_000 if is_video else 48_000),
                    frame.utc_us + turn * 4_000_000,
                    chance.choice(pool) if is_video else frame.data,
                    frame.is_key,
                    frame.parameter_sets,
                    False,
                )
            )
    return made


def keep(root: Path, card: Card, clip: list[Frame], limits: RecorderLimits = SHORT) -> Path:
    """Records a clip, as the archive does it; its folder."""
    pool = WriterPool(PoolLimits())
    pool.open()
    failures: list[Exception] = []
    writer = RecordingWriter(card, [root], LocalDisk(), lambda _: True, lambda _: None)
    lane = pool.open_lane(writer.process, failures.append)
    recorder = Recorder(limits, lane.put, (Layer.MAIN,))
    for frame in clip:
        recorder.take_frame(frame)
        until(lambda: pool.counters.queued_bytes < MOST_QUEUED_BYTES, 30, "the disk")
    recorder.close(START_US + 9_000_000, "ended")
    pool.close()
    assert failures == []
    return root / folders.folder_of(card)


def second_chain(kept: KeptRecording) -> str:
    """Writes the SM3 chain beside the segments, as sealing does by a setting; its head."""
    chain, sm3 = bytes(32), lambda data: hashlib.new("sm3", data).digest()
    for segment in kept.segments:
        media, at, lines = segment.media.read_bytes(), 0, []
        for line in segment.verdict.lines:
            size = getattr(line.entry, "bytes", 0)
            digest, at = sm3(media[at : at + size]), at + size
            chain = sm3(chain + digest + canonical(line.entry))
            lines.append(f'{{"chain":"{chain.hex()}","digest":"{digest.hex()}"}}\n')
        (segment.folder / f"{segment.number:06}.sm3").write_text("".join(lines))
    return chain.hex()


def seal(root: Path, card: Card, key: EvidenceKey) -> Seal:
    kept = read_recording([root], card)
    assert kept.end is not None
    folder = root / folders.folder_of(card)
    said = [content_digest(json.loads((folder / name).read_bytes())) for name in (folders.CARD, folders.END)]
    draft = Seal(
        FORM, card.id, len(kept.segments), kept.end.fragments, kept.end.chain, second_chain(kept),
        kept.end.closed_utc_us, key.thumbprint, ED25519, card=said[0], end=said[1],
    )  # fmt: skip
    signed = Seal(**{**{n: getattr(draft, n) for n in draft.__slots__}, "signature": signature_of(draft, key.private)})
    (folder / SEAL).write_bytes(write_seal(signed))
    return signed


class HasId(Protocol):
    @property
    def id(self) -> str: ...


@dataclass
class Office:
    whole: Whole
    root: Path

    @property
    def key(self) -> EvidenceKey:
        wiring = self.whole.wiring
        return EvidenceKey.of(wiring.keys.bytes_of(KEY_NAME, lambda: wiring.world.chance(32)))

    def person(self, role: Role = Role.OPERATOR, place: str = HOME) -> Person:
        return self.whole.people[role, place]

    async def recording(
        self, sealed: bool = True, seconds: float = 5, source: str = "T1301", clip: list[Frame] | None = None
    ) -> Card:
        card = Card(self.whole.new_id(), "stream-1", source, HOME, START_US)
        keep(self.root, card, clip or frames(seconds, gop=25))
        if sealed:
            seal(self.root, card, self.key)
        recording, segments = rows_of(read_recording([self.root], card))
        await RecordingStore(self.whole.wiring.database).save([recording], segments)
        return card

    def folder(self, card: Card) -> Path:
        return self.root / folders.folder_of(card)

    async def ask(self, *cards: HasId, person: Person | None = None, **wish: Any) -> httpx2.Response:
        body = {"recordings": [card.id for card in cards], "purpose": "诉讼举证", "recipient": "县人民法院"}
        return await self.whole.ask("POST", API, person or self.person(), body | wish)

    async def decide(self, export_id: str, word: str = "approve", person: Person | None = None) -> httpx2.Response:
        reviewer = person or self.person(Role.REVIEWER)
        return await self.whole.ask("POST", f"{API}/{export_id}/{word}", reviewer, {"reason": "同意"})

    async def show(self, export_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.whole.ask("GET", f"{API}/{export_id}", self.person())).json()
        return found

    async def reach(self, export_id: str, state: str) -> dict[str, Any]:
        async def there() -> dict[str, Any] | None:
            found = await self.show(export_id)
            assert found["state"] in (state, "approved", "requested"), found
            return found if found["state"] == state else None

        return await until_async(there, 30, f"the export to be {state}")

    async def ready(self, *cards: HasId, **wish: Any) -> dict[str, Any]:
        """Asked, approved and made."""
        asked = await self.ask(*cards, **wish)
        assert asked.status_code == 201, asked.text
        export_id = asked.json()["export_id"]
        assert (await self.decide(export_id)).status_code == 200
        return await self.reach(export_id, "ready")

    async def link(self, export_id: str, person: Person | None = None) -> httpx2.Response:
        return await self.whole.ask("POST", f"{API}/{export_id}/links", person or self.person(), {})

    async def fetch(self, url: str, person: Person | None = None, **headers: str) -> httpx2.Response:
        """With the sign-in that was used last."""
        secret = self.whole.secrets[(person or self.person()).id]
        return await self.whole.client.get(url, headers={"Cookie": f"session={secret}", **headers})

    async def package(self, export_id: str) -> bytes:
        url = (await self.link(export_id)).json()["url"]
        answer = await self.fetch(url)
        assert answer.status_code == 200, answer.text
        return answer.content


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    async with whole_server(folder) as whole:
        yield Office(whole, folder / "archive")


def unpacked(data: bytes, folder: Path) -> Path:
    """The one folder that is in the package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        package.extractall(folder)
    (top,) = folder.iterdir()
    return top
