"""A server's side of masters and enforcements over real HTTP, with faults that tests ask for."""

import asyncio
import base64
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from dispatch_server.protocol.enrolment import EnrolAnswer
from dispatch_server.protocol.footage import MalformedFootage, verify_segment
from dispatch_server.protocol.masters import MasterCard, MasterEnd, MasterStanding, Receipt, UploadUnderWay
from tests.integration.terminals.footage import ServerSide


@dataclass
class Upload:
    recording: str
    segment: int
    length: int
    data: bytearray = field(default_factory=bytearray)


@dataclass
class FakeServer:
    """`faults`: status to answer for the next PATCHes; `cut_after`: bytes of a PATCH after which the line is cut."""

    keys: ServerSide = field(default_factory=ServerSide)
    cards: dict[str, MasterCard] = field(default_factory=dict)
    indexes: dict[tuple[str, int], bytes] = field(default_factory=dict)
    plain: dict[tuple[str, int], bytes] = field(default_factory=dict)
    ends: dict[str, MasterEnd] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    receipts: dict[tuple[str, int], Receipt] = field(default_factory=dict)
    commands: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    refusing: dict[str, int] = field(default_factory=dict)  # status for uploads of a master
    keeps_waiting: str = ""  # of this master uploads are complete, and never kept
    asked: int = 0
    cut_after: int = 0
    forge: Callable[[Receipt], Receipt] = lambda receipt: receipt
    tokens: int = 0
    token_life: str = "t"
    away: bool = False
    media: int = 503  # media reaches nobody
    whip: bool = False  # it is the offer that is answered so, not the question for a token
    media_asked: int = 0
    patched: int = 0
    port: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path, method = scope["path"], scope["method"]
        self.asked += 1
        if self.away:
            status, answer, more = 503, b"", {}
        elif path == "/api/v1/terminals/token":
            await _body(receive)
            self.tokens += 1
            is_known = self.token_life != ""
            token = {"access_token": self.token_life, "token_type": "Bearer", "expires_in": 600}
            status, answer, more = (200 if is_known else 401), json.dumps(token).encode(), {}
        elif path == "/api/v1/terminals/enrol":
            await _body(receive)
            status, answer, more = 201, self._enrolled(), {}
        elif path.startswith("/whip/"):
            await _body(receive)
            status, answer, more = self.media, b"", {}
        elif headers.get("authorization") != f"Bearer {self.token_life}":
            await _body(receive)
            status, answer, more = 401, b"", {}
        elif path.startswith("/api/v1/uploads"):
            status, answer, more = await self._tus(method, path, headers, receive)
        else:
            status, answer, more = self._masters(method, path, await _body(receive))
        if status == 0:
            raise ConnectionAbortedError
        lines = [(name.encode(), value.encode()) for name, value in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": answer})

    def _enrolled(self) -> bytes:
        answer = EnrolAnswer(
            number="T0101", name="终端", department="01", key_id="k", audience="test", server_utc_us=1, heartbeat_s=15,
            signals_path="/ws/terminal", footage_key=self.keys.said(),
        )  # fmt: skip
        return answer.model_dump_json(exclude_none=True).encode()

    def _masters(self, method: str, path: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        parts = path.removeprefix("/api/v1/terminal/").split("/")
        if parts == ["footage-key"]:
            return 200, self.keys.said().model_dump_json(exclude_none=True).encode(), {}
        if parts[0] == "media-tokens":
            self.media_asked += 1
            return (201, b'{"token": "m"}', {}) if self.whip else (self.media, b"", {})
        if parts[0] == "enforcements":
            self.commands.append(("/".join(parts[1:]) or "open", json.loads(body)))
            return 201, b"{}", {}
        if parts[0] != "masters":
            return 404, b"", {}
        recording = parts[1]
        if method == "PUT" and len(parts) == 2:
            card = MasterCard.model_validate_json(body)
            if self.cards.setdefault(recording, card) != card:
                return 409, b"", {}
            return 200, b"", {}
        if recording not in self.cards:
            return 404, b"", {}
        if method == "PUT" and parts[2] == "end":
            self.ends[recording] = MasterEnd.model_validate_json(body)
            return 200, b"", {}
        if method == "PUT":
            assert verify_segment(body, None).problems == ()
            self.indexes[recording, int(parts[3])] = body
            return 200, b"", {}
        indexed = sorted(number for one, number in self.indexes if one == recording)
        standing = MasterStanding(
            recording=recording,
            state="open",
            indexed=indexed,
            wanted=[number for number in reversed(indexed) if (recording, number) not in self.plain],
            receipts=[receipt for (one, _), receipt in self.receipts.items() if one == recording],
            uploads=[
                UploadUnderWay(
                    segment=one.segment, location=f"/api/v1/uploads/{name}", offset=len(one.data), length=one.length,
                    expires_utc_us=2**50,
                )
                for name, one in self.uploads.items() if one.recording == recording
            ],
            server_utc_us=1,
        )  # fmt: skip
        return 200, standing.model_dump_json().encode(), {}

    async def _tus(self, method: str, path: str, headers: dict[str, str], receive: Any) -> Any:
        assert headers["tus-resumable"] == "1.0.0"
        if method == "POST":
            await _body(receive)
            pairs = dict(pair.split(" ") for pair in headers["upload-metadata"].split(","))
            said = {name: base64.b64decode(value).decode() for name, value in pairs.items()}
            if said["recording"] in self.refusing:
                return self.refusing[said["recording"]], b"", {}
            name = f"u{len(self.uploads) + self.patched + 1}"
            self.uploads[name] = Upload(said["recording"], int(said["segment"]), int(headers["upload-length"]))
            return 201, b"", {"Location": f"http://elsewhere.example/api/v1/uploads/{name}"}
        upload = self.uploads.get(path.rsplit("/", 1)[1])
        if upload is None:
            await _body(receive)
            return 404, b"", {}
        if method == "HEAD":
            return 200, b"", {"Upload-Offset": str(len(upload.data)), "Upload-Length": str(upload.length)}
        return await self._patch(path, upload, headers, receive)

    async def _patch(self, path: str, upload: Upload, headers: dict[str, str], receive: Any) -> Any:
        self.patched += 1
        if self.cut_after:
            cut, self.cut_after = self.cut_after, 0
            upload.data += (await _body(receive, cut))[:cut]  # what arrived before the cut is kept
            return 0, b"", {}
        body = await _body(receive)
        if self.faults:
            status = self.faults.pop(0)
            if status in (404, 410):
                del self.uploads[path.rsplit("/", 1)[1]]
            return status, b"", {}
        if int(headers["upload-offset"]) != len(upload.data):
            return 409, b"", {}
        algorithm, _, digest = headers["upload-checksum"].partition(" ")
        if algorithm != "sha256" or base64.b64decode(digest) != hashlib.sha256(body).digest():
            return 460, b"", {}
        upload.data += body
        if len(upload.data) == upload.length and upload.recording != self.keeps_waiting:
            try:
                self._complete(path, upload)
            except MalformedFootage:
                del self.uploads[path.rsplit("/", 1)[1]]
                return 400, b"", {}
        return 204, b"", {"Upload-Offset": str(len(upload.data))}

    def _complete(self, path: str, upload: Upload) -> None:
        place = upload.recording, upload.segment
        index = self.indexes[place]
        plain = self.keys.open_bytes(*place, index, bytes(upload.data))
        verdict = verify_segment(index, lambda at, size: plain[at : at + size])
        assert verdict.problems == (), verdict.problems
        self.plain[place] = plain
        self.receipts[place] = self.forge(self.keys.receipt(*place, index, plain))
        del self.uploads[path.rsplit("/", 1)[1]]


async def _body(receive: Any, stop: int = 1 << 30) -> bytes:
    parts = bytearray()
    while len(parts) < stop:
        message = await receive()
        parts += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(parts)


@asynccontextmanager
async def serving(fake: FakeServer) -> AsyncIterator[str]:
    """The address of a running fake."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", fake.port))
    fake.port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(fake, log_level="critical", lifespan="off"))
    running = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{fake.port}"
    finally:
        server.should_exit = True
        await running
        listener.close()
