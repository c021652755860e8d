"""The uploads' part over the archive room of a test: terminals with tokens, tus by hand, and disks that may fail."""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive.limits import ArchiveLimits, SpaceLimits
from dispatch_server.archive.seals.evidence_key import EvidenceKey
from dispatch_server.archive.uploads.assembly import Outside, UploadsPart, assemble
from dispatch_server.archive.uploads.keys import FootageKeys
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.spool import SpoolDisk
from dispatch_server.archive.uploads.tus_ring import TusRing
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.protocol.seals import PublicKey
from dispatch_server.web.bodies import BodyDeadline
from tests.integration.archive.masters import DEVICE, DEVICE_KEY, Master, make_master
from tests.integration.archive.rig import Rig, World
from tests.ledgers import recorder_over

FOOTAGE = FootageKeys.of(b"f" * 32)
EVIDENCE = EvidenceKey(Ed25519PrivateKey.from_private_bytes(b"e" * 32))
TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {"Content-Type": "application/offset+octet-stream"}


class WithIds(World):
    def new_id(self) -> str:
        return uuid7(self.utc // 1000, self.chance(RANDOM_BYTES))


@dataclass
class DeviceKeys:
    known: dict[tuple[str, str], PublicKey] = field(
        default_factory=lambda: {("T1301", DEVICE_KEY): DEVICE.public_key()}
    )

    async def public_key(self, terminal: str, thumbprint: str) -> PublicKey | None:
        return self.known.get((terminal, thumbprint))


class Tokens:
    """A terminal's number is its token."""

    async def terminal_of(self, token: str) -> TerminalCaller | None:
        return TerminalCaller(token, f"终端 {token}", "13", "key") if token.startswith("T") else None


@dataclass
class UploadRig:
    rig: Rig
    part: UploadsPart
    field: httpx2.AsyncClient
    keys: DeviceKeys

    async def ask(self, method: str, path: str, terminal: str = "T1301", **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {terminal}"} | dict(more.pop("headers", {}))
        return await self.field.request(method, path, headers=headers, **more)

    async def tus(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        return await self.ask(method, path, headers=TUS | dict(headers or {}), **more)

    async def announce(self, master: Master, *numbers: int) -> None:
        """Card and indexes."""
        answer = await self.ask(
            "PUT", f"/api/v1/terminal/masters/{master.id}", master.card.source, json=master.card_json()
        )
        assert answer.status_code in (200, 201), answer.text
        for number in numbers or sorted(master.indexes):
            answer = await self.index(master, number)
            assert answer.status_code == 200, answer.text

    async def index(self, master: Master, number: int, data: bytes | None = None) -> httpx2.Response:
        return await self.ask(
            "PUT",
            f"/api/v1/terminal/masters/{master.id}/segments/{number}/index",
            master.card.source,
            content=data if data is not None else master.indexes[number],
            headers={"Content-Type": "application/jsonl"},
        )

    async def create(self, master: Master, number: int, length: int | None = None, **more: Any) -> httpx2.Response:
        names = {"recording": master.id, "segment": str(number)}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
        length = len(master.sealed[number]) if length is None else length
        headers = {"Upload-Length": str(length), "Upload-Metadata": metadata}
        return await self.tus("POST", "/api/v1/uploads", headers, **more)

    async def begun(self, master: Master, number: int) -> str:
        answer = await self.create(master, number)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    async def patch(self, place: str, offset: int, data: bytes, checked: bool = False, **more: Any) -> httpx2.Response:
        headers = CHUNK | {"Upload-Offset": str(offset)} | more.pop("headers", {})
        if checked:
            headers["Upload-Checksum"] = f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}"
        return await self.tus("PATCH", place, headers, content=data, **more)

    async def offset(self, place: str) -> int:
        answer = await self.tus("HEAD", place)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    async def send(self, master: Master, number: int, chunk: int = 50_000, checked: bool = True) -> httpx2.Response:
        """A whole segment; the last answer."""
        place, data = await self.begun(master, number), master.sealed[number]
        answer = None
        for at in range(0, len(data), chunk):
            answer = await self.patch(place, at, data[at : at + chunk], checked)
            assert answer.status_code == 204 or at + chunk >= len(data), answer.text
        assert answer is not None
        return answer

    async def standing(self, master: Master) -> dict[str, Any]:
        answer = await self.ask("GET", f"/api/v1/terminal/masters/{master.id}", master.card.source)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def master(self, **more: Any) -> Master:
        folder = self.rig.folder / f"device{len(list(self.rig.folder.glob('device*')))}"
        return make_master(folder, FOOTAGE.private.public_key(), **more)


@asynccontextmanager
async def upload_rig(
    folder: Path, limits: UploadLimits | None = None, disk: SpoolDisk | None = None, **more: Any
) -> AsyncIterator[UploadRig]:
    space = SpaceLimits(
        alarm_percent=100, refuse_percent=100, refuse_bytes=1 << 20, stop_bytes=1 << 10, ballast_bytes=0
    )
    rig = Rig(folder, ArchiveLimits(space=space), **more)  # whatever else lies on this machine's disk
    world = WithIds()
    rig.world = world
    async with rig:
        keys = DeviceKeys()
        room = rig.room
        part = assemble(
            Outside(
                world,
                rig,
                room.catalog.store._database,
                room.threads,
                recorder_over(world, rig.ledger),
                room.archive.space,
                keys,
                lambda: FOOTAGE,
                lambda: EVIDENCE,
                lambda where, error: rig.reports.append((where, error)),
            ),
            rig.roots,
            limits or UploadLimits(),
            disk,
        )
        await part.open()
        for router in part.routers():
            rig.app.include_router(router)
        rig.app.state.terminals = Tokens()
        app = TusRing(BodyDeadline(rig.app, 15, 15))
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://dispatch.test") as client:
            yield UploadRig(rig, part, client, keys)
