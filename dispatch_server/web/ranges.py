"""Byte ranges (RFC 9110 14): exactly one is served, anything else is 416; and files that are sent in slices."""

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.web.problems import of_http

CHUNK_BYTES = 256 * 1024
_LONGEST = 64
_ONE = re.compile(r"bytes=(?:([0-9]{1,19})-([0-9]{1,19})?|-([0-9]{1,19}))", re.IGNORECASE)


class RangeRefused(HTTPException):
    """416, with the size that could have been asked for."""

    def __init__(self, size: int | None = None) -> None:
        headers = {} if size is None else {"Content-Range": f"bytes */{size}"}
        super().__init__(416, headers=headers)


@dataclass(frozen=True, slots=True)
class Slice:
    first: int
    count: int


def one_range(header: str | None, size: int) -> Slice | None:
    """What to send of `size` bytes: None is all. Raises RangeRefused."""
    if header is None or not header.lower().startswith("bytes"):
        return None  # other units are passed over (RFC 9110 14.2)
    match = _ONE.fullmatch(header.strip()) if len(header) <= _LONGEST else None
    if match is None:
        raise RangeRefused(size)
    first, last, suffix = match.groups()
    if suffix is not None:
        count = min(int(suffix), size)
        if not count:
            raise RangeRefused(size)
        return Slice(size - count, count)
    begin = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if begin >= size or (last and int(last) < begin):
        raise RangeRefused(size)
    return Slice(begin, end - begin + 1)


class OneRange:
    """A ring that refuses several ranges for every path: the framework's own file answers would serve them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = [value for name, value in scope["headers"] if name == b"range"]
            if len(asked) > 1 or any(len(value) > _LONGEST or b"," in value for value in asked):
                await of_http(scope, RangeRefused())(scope, receive, send)
                return
        await self.app(scope, receive, send)


def file_answer(
    request: Request, path: Path, size: int, threads: Threads, *, media_type: str, etag: str, first: int = 0
) -> Response:
    """
    `size` bytes of a file from `first` on, or the one range of them that is asked for; read on the disk threads.

    The file may be one that still grows: what lies behind `size` is not sent. `etag` is quoted.
    """
    asked = request.headers.get("range")
    if request.headers.get("if-range", etag) != etag:
        asked = None
    headers = {"Accept-Ranges": "bytes", "ETag": etag}
    if asked is None and request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    part = one_range(asked, size)
    chosen = part or Slice(0, size)
    headers["Content-Length"] = str(chosen.count)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.first}-{part.first + part.count - 1}/{size}"
    body = _read(path, first + chosen.first, chosen.count, threads)
    return StreamingResponse(body, 206 if part is not None else 200, headers, media_type=media_type)


async def _read(path: Path, first: int, count: int, threads: Threads) -> AsyncIterator[bytes]:
    descriptor = await threads.run(Kind.DISK, os.open, path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while count > 0:
            data = await threads.run(Kind.DISK, os.pread, descriptor, min(CHUNK_BYTES, count), first)
            if not data:
                raise OSError(f"{path.name} is shorter than was announced")
            first, count = first + len(data), count - len(data)
            yield data
    finally:
        os.close(descriptor)
