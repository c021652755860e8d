"""kill -9 of the server in the middle of a download: it goes on afterwards with the same bytes, over real sockets."""

import asyncio
import hashlib
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dispatch_server.archive.exports.checking import check_package
from dispatch_server.archive.exports.model import Asking, Export, Happening, Mode, Of
from dispatch_server.archive.exports.store import ExportStore
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import read_recording, rows_of
from dispatch_server.archive.store import RecordingStore
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings
from dispatch_server.wiring.exports import EVIDENCE_KEY, NodeKey
from tests.e2e.node import Node, utc_us
from tests.integration.archive.clips import START_US
from tests.integration.archive.office import heavy_clip, keep, seal, unpacked
from tests.waiting import until

EXPORT, RECORDING = "0199aaaa-0000-7000-8000-000000000001", "0199aaaa-0000-7000-8000-000000000002"
HOUR_US = 3_600_000_000
pytestmark = pytest.mark.timeout(180)


def key_of(folder: Path) -> NodeKey:
    path = folder / "keys" / EVIDENCE_KEY
    if not path.exists():
        path.write_bytes(os.urandom(32))
        path.chmod(0o600)
    return NodeKey(path.read_bytes())


async def approved(folder: Path, asker: str) -> None:
    """A sealed recording of 24 MB, and an export of it that somebody else approved, while the server is down."""
    card = Card(RECORDING, "stream-1", "T1301", "13", START_US)
    keep(folder / "archive", card, heavy_clip(8))
    seal(folder / "archive", card, key_of(folder))
    recording, segments = rows_of(read_recording([folder / "archive"], card))
    url = Secret(f"sqlite+aiosqlite:///{folder / 'dispatch.sqlite3'}")
    asking = Asking(Of.RECORDINGS, "", (RECORDING,), Mode.DOWNLOAD, "诉讼举证", "县人民法院", "", 72, 2)
    export = Export(EXPORT, "13", asking, asker, "甲", utc_us(), utc_us() + HOUR_US)
    export.happens(Happening.APPROVE)
    export.decided_by, export.decided_name, export.decided_utc_us = "another", "乙", utc_us()
    async with Database(DatabaseSettings(url=url), Counters()).opened() as database:
        await RecordingStore(database).save([recording], segments)
        async with database.transaction() as connection:
            await ExportStore(database).add(connection, export)


def begun(client: httpx2.Client, url: str, at_least: int) -> bytes:
    """The first bytes of a download that is then left hanging."""
    data = b""
    with client.stream("GET", url) as answer:
        assert answer.status_code == 200
        for part in answer.iter_raw():
            data += part
            if len(data) >= at_least:
                return data
    return data


def test_a_download_goes_on_after_the_kill(node: Node, tmp_path: Path) -> None:
    me: dict[str, Any] = node.get("/api/v1/sessions/current")
    node.kill()
    asyncio.run(approved(node.folder, me["person"]["id"]))
    node.start()
    ready = until(
        lambda: one if (one := node.get(f"/api/v1/exports/{EXPORT}"))["state"] == "ready" else None, 60, "the package"
    )
    link = node.client().post(f"/api/v1/exports/{EXPORT}/links")
    assert link.status_code == 201, link.text
    url, size = link.json()["url"], ready["bytes"]
    first = begun(node.client(), url, size // 3)
    node.kill()
    node.start()
    rest = node.client().get(url, headers={"Range": f"bytes={len(first)}-"})
    assert rest.status_code == 206, rest.text
    whole = node.client().get(url)
    assert whole.status_code == 200 and len(whole.content) == size
    assert hashlib.sha256(first + rest.content).digest() == hashlib.sha256(whole.content).digest()
    with zipfile.ZipFile(io.BytesIO(first + rest.content)) as package:
        assert package.testzip() is None
    top = unpacked(first + rest.content, tmp_path / "out")
    assert list(check_package(top, key_of(node.folder).thumbprint)) == []
    assert node.get(f"/api/v1/exports/{EXPORT}")["fetched"] == 2
