"""Sign-ins in a real SQLite file, made by the migration."""

from pathlib import Path

from sqlalchemy import inspect

from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.model import Session
from dispatch_server.identity.store import SessionStore
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.settings import DatabaseSettings


async def test_sign_ins_come_back_until_they_are_removed(data_folder: Path) -> None:
    url = Secret(f"sqlite+aiosqlite:///{data_folder / 'test.sqlite3'}")
    async with Database(DatabaseSettings(url=url), Counters()).opened() as database:
        async with database.reading() as connection:
            columns = await connection.run_sync(lambda sync: inspect(sync).get_columns("sign_ins"))
        wanted = {column.name: bool(column.nullable) for column in METADATA.tables["sign_ins"].columns}
        assert {column["name"]: column["nullable"] for column in columns} == wanted
        store = SessionStore(database)
        first = Session("a", b"1" * 32, DEVELOPER, 100, 100)
        second = Session("b", b"2" * 32, DEVELOPER, 200, 200)
        for session in (first, second):
            await store.add(session)
        first.seen_utc_us = 300
        await store.seen([first])
        found = await store.find(b"1" * 32)
        assert found is not None
        assert (found.id, found.person, found.seen_utc_us) == ("a", DEVELOPER, 300)
        await store.remove_older(0, 250)
        assert await store.find(b"2" * 32) is None
        await store.remove("a")
        assert await store.find(b"1" * 32) is None
