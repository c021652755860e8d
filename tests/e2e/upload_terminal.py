"""A terminal that is enrolled at a real server, and makes and uploads masters of random bytes."""

import base64
import hashlib
import os
from typing import Any, Self

import httpx2
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.protocol.footage import FORMAT, FragmentEntry, SegmentHead, link, write_line
from dispatch_server.protocol.sealed_footage import begin
from tests.e2e.node import Node, utc_us
from tests.integration.devices.rig import GRANT, Device

FRAGMENT_BYTES = 500_000  # a second at 4 Mbit/s
CHUNK_BYTES = 8 << 20


class Terminal:
    """One that is enrolled, with a token."""

    def __init__(self, node: Node, number: str = "T1301") -> None:
        self.number = number
        self.client = httpx2.Client(base_url=node.url, timeout=60)
        self.device = device = Device()
        code = node.client().post(f"/api/v1/devices/{number}/enrolment-code").json()["code"]
        body = {"code": code, "public_key": device.public}
        answer = self.client.post("/api/v1/terminals/enrol", json=body)
        assert answer.status_code == 201, answer.text
        device.number = answer.json()["number"]
        assertion = device.assertion(utc_us(), aud=answer.json()["audience"])
        form = {"grant_type": GRANT, "assertion": assertion}
        token = self.client.post("/api/v1/terminals/token", data=form).json()["access_token"]
        self.client.headers |= {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
        self.thumbprint = str(device.key.thumbprint())
        x = answer.json()["footage_key"]["public_key"]
        self.server = X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "="))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        answer = self.client.request(method, path, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def register(self) -> str:
        self.opened_utc_us = utc_us()
        recording = uuid7(self.opened_utc_us // 1000, os.urandom(RANDOM_BYTES))
        card = {
            "id": recording,
            "source": self.number,
            "opened_utc_us": self.opened_utc_us,
            "device_key": self.thumbprint,
        }
        self.ask("PUT", f"/api/v1/terminal/masters/{recording}", json=card)
        return recording

    def announce(self, recording: str, number: int, index: bytes, length: int) -> str:
        """The address of the upload that was begun."""
        place = f"/api/v1/terminal/masters/{recording}/segments/{number}/index"
        self.ask("PUT", place, content=index, headers={"Content-Type": "application/jsonl"})
        names = {"recording": recording, "segment": str(number)}
        metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
        headers = {"Upload-Length": str(length), "Upload-Metadata": metadata}
        return str(self.ask("POST", "/api/v1/uploads", headers=headers).headers["location"])

    def send(self, recording: str, number: int, index: bytes, sealed: bytes) -> None:
        upload = self.announce(recording, number, index, len(sealed))
        for at in range(0, len(sealed), CHUNK_BYTES):
            self.add(upload, at, sealed[at : at + CHUNK_BYTES])

    def add(self, upload: str, at: int, chunk: bytes) -> int:
        """One chunk, with its checksum; the offset that is told."""
        headers = {
            "Upload-Offset": str(at),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Checksum": f"sha256 {base64.b64encode(hashlib.sha256(chunk).digest()).decode()}",
        }
        return int(self.ask("PATCH", upload, content=chunk, headers=headers).headers["upload-offset"])

    def offset(self, upload: str) -> int:
        return int(self.ask("HEAD", upload).headers["upload-offset"])

    def standing(self, recording: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/api/v1/terminal/masters/{recording}").json())


def made_segment(
    recording: str, number: int, previous: bytes, server: X25519PublicKey, seconds: int = 60
) -> tuple[bytes, bytes, bytes]:
    """(index, sealed file, chain): random bytes, which no disk or network makes smaller."""
    head, cipher = begin(recording, number, server, os.urandom)
    first, start = os.urandom(800), utc_us()
    entry = SegmentHead(
        FORMAT, "sha-256", recording, number, f"{number:06}.mp4", len(first), start, "avc1", "", "main", previous.hex()
    )
    line = link(previous, entry, hashlib.sha256(first).digest())
    lines, parts, at = [write_line(line)], [head, cipher.seal(0, first)], len(first)
    for part in range(1, seconds + 1):
        plain = os.urandom(FRAGMENT_BYTES)
        count = (number - 1) * seconds + part
        of = FragmentEntry(count, at, len(plain), start + part * 1_000_000, 1_000_000, True, 25, 50, 0, False)
        line = link(line.chain, of, hashlib.sha256(plain).digest())
        lines.append(write_line(line))
        parts.append(cipher.seal(part, plain))
        at += len(plain)
    return b"".join(lines), b"".join(parts), line.chain
