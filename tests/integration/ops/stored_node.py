"""A data folder with everything that a backup has to do with."""

import hashlib
from pathlib import Path

from sqlalchemy import insert, select

from dispatch_server.kit.redact import Secret
from dispatch_server.live.store import publish_keys
from dispatch_server.ops.backup import Backup
from dispatch_server.ops.certificates import TlsFolder
from dispatch_server.ops.escrow import Escrow
from dispatch_server.ops.shares import Share
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.world import World
from dispatch_server.settings import DatabaseSettings, OpsSettings, Settings
from dispatch_server.settings.loading import with_folders
from tests.worlds import TestWorld

TOKEN = "a-token-of-the-settings-file-0123456789"
Shares = tuple[Share, Share]


class Node:
    """A data folder with everything that a backup has to do with."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.file = folder / "server.yaml"
        self.world = TestWorld()
        self.settings = with_folders(
            Settings(
                data_folder=str(folder / "var"),
                departments_file="config/departments.yaml",
                database=DatabaseSettings(url=Secret(database)),
                ops=OpsSettings(metrics_token=Secret(TOKEN)),
            )
        )
        self.data = Path(self.settings.data_folder)

    def fill(self) -> Shares:
        self.file.parent.mkdir(exist_ok=True)
        self.file.write_text(f"ops:\n  metrics_token: {TOKEN}\n")
        self.settings.read_from(self.file)
        ring = KeyRing(self.data, World())
        ring.open()
        ring.secret("evidence")
        TlsFolder(self.data, World()).init([])
        recording = Path(self.settings.archive.folder) / "2026" / "11" / "25" / "one"
        recording.mkdir(parents=True)
        (recording / "000001.mp4").write_bytes(b"picture" * 1000)
        (recording / "closed.json").write_text("{}")
        Path(self.settings.archive.folder, "ballast").write_bytes(bytes(1000))
        Path(self.settings.objects.folder).mkdir()
        Path(self.settings.objects.folder, "attachment").write_bytes(b"attachment")
        (self.data / "journal").mkdir()
        (self.data / "journal" / "1.log").write_bytes(b"journal")
        return Escrow(self.data, World()).set_up()

    async def write(self, count: int, first: int = 0) -> None:
        async with Database(self.settings.database, Counters()).opened() as database:
            for number in range(first, first + count):
                async with database.transaction() as connection:
                    await connection.execute(insert(publish_keys).values(**row(number)))

    async def rows(self) -> list[tuple[object, ...]]:
        async with Database(self.settings.database, Counters()).opened() as database, database.reading() as connection:
            return [tuple(found) for found in await connection.execute(select(publish_keys).order_by("id"))]

    def backup(self, into: Path, *, keep: int = 14, with_media: bool = False) -> Path:
        self.world.advance(1)
        return Backup(self.settings, self.world).make(into, keep=keep, with_media=with_media).folder


def row(number: int) -> dict[str, object]:
    return {
        "id": f"{number:08}",
        "source": f"T{number:06}",
        "label": "标签 ✓",
        "digest": hashlib.sha256(str(number).encode()).digest(),
        "created_utc_us": 2**53 + number,
        "created_by": "test",
        "last_used_utc_us": None,
        "revoked_utc_us": number or None,
    }
