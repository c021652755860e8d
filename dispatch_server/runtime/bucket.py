"""S3-compatible storage: keys are written once, and nothing counts as kept before it was read back and compared."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from dispatch_server.kit.errors import Absent, Conflict, Unavailable
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.settings.bucket import BucketSettings

CHUNK_BYTES = 1 << 20
_Bytes = bytes  # a field below has this name too
PARTS_AT_ONCE = 2  # of one file: what is in memory is so many parts
RETRIES = 3


class BucketAway(Unavailable):
    """The storage does not answer, or refuses: what was asked did not happen, or nobody knows whether it did."""

    def __init__(self, error: BaseException | str) -> None:
        super().__init__("bucket_away", f"The object storage cannot be used now: {str(error)[:300]}", retry_after_s=30)


class KeyAbsent(Absent):
    def __init__(self) -> None:
        super().__init__("bucket_key_absent", "There is nothing under this key.")


class KeyTaken(Conflict):
    """Something else lies there. It is never written over."""

    def __init__(self, key: str) -> None:
        super().__init__("bucket_key_taken", f"Other content is kept under {key} already.")


class Corrupt(Conflict):
    """What came back is not what was sent."""

    def __init__(self, key: str) -> None:
        super().__init__("bucket_content_differs", f"What is read back of {key} is not what was kept.")


@dataclass(frozen=True, slots=True)
class Content:
    bytes: int
    sha256: str

    @classmethod
    def of(cls, chunks: "Iterable[_Bytes]") -> "Content":
        size, digest = 0, hashlib.sha256()
        for chunk in chunks:
            size += len(chunk)
            digest.update(chunk)
        return cls(size, digest.hexdigest())


def read_chunks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@dataclass(slots=True)
class Bucket:
    """Every call may raise BucketAway; none waits longer than the settings say for an answer."""

    settings: BucketSettings
    threads: Threads
    _store: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        settings = self.settings
        wait = timedelta(seconds=settings.request_s)
        # One `/` fewer or more in an address is the most frequent mistake.
        endpoint = settings.endpoint.rstrip("/")
        self._store = S3Store(
            settings.name,
            prefix=settings.prefix or None,
            endpoint=endpoint,
            region=settings.region,
            access_key_id=settings.access_key_id.reveal(),
            secret_access_key=settings.secret_access_key.reveal(),
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": wait,
                "connect_timeout": wait,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": 2 * wait},
        )

    async def create(self, key: str, data: bytes) -> None:
        """Small content, whole. The same content again is no error: an answer may have been lost. KeyTaken, Corrupt."""
        try:
            await obstore.put_async(self._store, key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            if await self.content(key) != Content.of([data]):
                raise KeyTaken(key) from None
            return
        except BaseError as error:
            raise BucketAway(error) from None
        await self._compare(key, Content.of([data]))

    async def create_file(self, key: str, path: Path, content: Content) -> None:
        """
        A file of any size, in parts that are not all in memory. KeyTaken, Corrupt.

        Parts cannot be put on the condition that nothing is there: whoever writes a recording has created its card
        before, and nobody else has.
        """
        try:
            there = await self.size(key)
        except KeyAbsent:
            there = None
        if there is not None:
            if await self.content(key) != content:
                raise KeyTaken(key)
            return
        if content.bytes <= self.settings.part_bytes:
            await self.create(key, await self.threads.run(Kind.GENERAL, path.read_bytes))
            return
        try:
            await obstore.put_async(
                self._store, key, path, chunk_size=self.settings.part_bytes, max_concurrency=PARTS_AT_ONCE
            )
        except BaseError as error:
            raise BucketAway(error) from None
        await self._compare(key, content)

    async def size(self, key: str) -> int:
        """KeyAbsent."""
        try:
            found = await obstore.head_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            raise KeyAbsent from None
        except BaseError as error:
            raise BucketAway(error) from None
        return int(found["size"])

    async def read(self, key: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        """KeyAbsent; ends early when less is there."""
        options: Any = None if count is None and not first else {"range": _range(first, count)}
        try:
            answer = await obstore.get_async(self._store, key, options=options)
            async for chunk in answer.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except (NotFoundError, FileNotFoundError):
            raise KeyAbsent from None
        except BaseError as error:
            raise BucketAway(error) from None

    async def content(self, key: str) -> Content:
        """By reading all of it."""
        size, digest = 0, hashlib.sha256()
        async for chunk in self.read(key):
            size += len(chunk)
            digest.update(chunk)
        return Content(size, digest.hexdigest())

    async def keys(self, prefix: str) -> list[str]:
        """All below it; a recording has few."""
        try:
            found = await obstore.list(self._store, prefix).collect_async()
        except BaseError as error:
            raise BucketAway(error) from None
        return sorted(str(entry["path"]) for entry in found)

    async def delete(self, key: str) -> None:
        """A lock on the bucket may refuse (BucketAway). Absent is no error."""
        try:
            await obstore.delete_async(self._store, key)
        except (NotFoundError, FileNotFoundError):
            return
        except BaseError as error:
            raise BucketAway(error) from None

    async def _compare(self, key: str, wanted: Content) -> None:
        if await self.content(key) != wanted:
            with suppress(BucketAway):
                await self.delete(key)  # it is ours, of just now, and it is wrong: it would stand in the way
            raise Corrupt(key)


def _range(first: int, count: int | None) -> Any:
    return {"offset": first} if count is None else (first, first + count)
