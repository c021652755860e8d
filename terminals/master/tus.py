"""A small client of tus 1.0: creation, checksum, expiration; it goes on where the server says that it stands."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from terminals.access import Access
from terminals.whip import Refused, reason_of

VERSION = {"Tus-Resumable": "1.0.0"}
CREATE = "/api/v1/uploads"
BODY = "application/offset+octet-stream"
PIECE_BYTES = 8 << 10
# A connection over a network that was cut stays silent for ever: each piece, and the answer, has so long.
SILENCE_S = 30.0
WRONG_CHECKSUM = 460
GONE = frozenset({404, 410})

Pace = Callable[[int], Awaitable[None]]  # waits until so many bytes may go


class UploadGone(Exception):
    """It expired, or the server has forgotten it: begin a new one."""


class Unreadable(Exception):
    """Our own file cannot be read: the others may."""


@dataclass(frozen=True, slots=True)
class Tus:
    """Raises Refused, UploadGone, Unreadable, httpx2.HTTPError, OSError."""

    access: Access
    pace: Pace

    async def create(self, recording: str, segment: int, size: int) -> str:
        """The path of the new upload; one of another server is refused."""
        metadata = ",".join(
            f"{name} {b64encode(str(value).encode()).decode()}"
            for name, value in (("recording", recording), ("segment", segment))
        )
        headers = {**VERSION, "Upload-Length": str(size), "Upload-Metadata": metadata}
        response = await self.access.ask("POST", CREATE, b"", headers)
        if response.status_code != 201:
            raise Refused(response.status_code, reason_of(response))
        return local_path(self.access.key.server, response.headers.get("location", ""))

    async def offset(self, path: str) -> int:
        response = await self.access.ask("HEAD", path, None, VERSION)
        if response.status_code in GONE:
            raise UploadGone(path)
        try:
            if response.status_code in (200, 204):
                return max(0, int(response.headers["upload-offset"]))
        except (KeyError, ValueError):
            raise Refused(502, "the server does not say how far the upload is") from None
        raise Refused(response.status_code, reason_of(response))

    async def send(self, path: str, file: Path, offset: int, size: int) -> int:
        """Up to so many bytes from `offset`; the new offset, as the server says it."""
        try:
            data = await asyncio.to_thread(_read, file, offset, size)
        except OSError as error:
            raise Unreadable(f"{file.name}: {error}") from error
        if not data:
            raise UploadGone(f"{file.name} is shorter than it was")
        digest = b64encode(hashlib.sha256(data).digest()).decode()
        headers = {
            **VERSION,
            "Content-Type": BODY,
            "Content-Length": str(len(data)),
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {digest}",
            "Authorization": f"Bearer {await self.access.token()}",
        }
        response = await self.access.client.request(
            "PATCH", f"{self.access.key.server}{path}", content=self._slowly(data), headers=headers, timeout=SILENCE_S
        )
        if response.status_code in GONE:
            raise UploadGone(path)
        if response.status_code in (409, WRONG_CHECKSUM):
            return await self.offset(path)
        if response.status_code == 401:
            self.access.forget_token()
            return await self.offset(path)
        if response.status_code != 204:
            raise Refused(response.status_code, reason_of(response))
        try:
            return int(response.headers["upload-offset"])
        except (KeyError, ValueError):
            raise Refused(502, "the server does not say how far the upload is") from None

    async def _slowly(self, data: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(data), PIECE_BYTES):
            piece = data[at : at + PIECE_BYTES]
            await self.pace(len(piece))
            yield piece


def local_path(server: str, location: str) -> str:
    """Of an address at this very server, whatever it calls itself outside. Raises Refused."""
    parts = urlsplit(urljoin(f"{server}{CREATE}", location))
    if not location or not parts.path.startswith(f"{CREATE}/") or parts.query:
        raise Refused(502, "the server names no place for the upload")
    return parts.path


def _read(file: Path, offset: int, size: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(size)
