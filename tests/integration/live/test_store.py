"""Streams and publish keys in a real SQLite file, made by the migrations."""

import pytest
from sqlalchemy import inspect

from dispatch_server.live.model import State, Stream
from dispatch_server.live.publish_keys import PublishKey
from dispatch_server.live.refusals import KeyExists
from dispatch_server.live.store import KeyStore, StreamStore
from dispatch_server.runtime.database import METADATA, Database


async def unrecorded(_: object) -> None:
    """No line beside."""


async def test_the_migrations_make_what_the_stores_declare(database: Database) -> None:
    async with database.reading() as connection:
        for name in ("streams", "publish_keys"):
            found = await connection.run_sync(lambda sync, name=name: inspect(sync).get_columns(name))
            wanted = {column.name: bool(column.nullable) for column in METADATA.tables[name].columns}
            assert {column["name"]: column["nullable"] for column in found} == wanted
            indexes = await connection.run_sync(lambda sync, name=name: inspect(sync).get_indexes(name))
            assert {index.name for index in METADATA.tables[name].indexes} <= {one["name"] for one in indexes}


async def test_streams_come_back_as_they_were_saved(database: Database) -> None:
    store = StreamStore(database)
    stream = Stream("s1", "T0101", "01", 1, holder="k", session_key=b"x" * 32, since_utc_us=2)
    await store.save([stream])
    stream.state, stream.started_utc_us, stream.seen_utc_us = State.LIVE, 3, 4
    await store.save([stream, Stream("s2", "T0102", "01", 1, state=State.ENDED, ended_utc_us=9, seen_utc_us=8)])
    (found,) = await store.unfinished()
    assert (found.id, found.state, found.session_key, found.started_utc_us) == ("s1", State.LIVE, b"x" * 32, 3)
    assert await store.last_seen() == {"T0101": 4, "T0102": 8}


async def test_a_source_has_one_valid_key_even_if_two_nodes_give_one(database: Database) -> None:
    store = KeyStore(database)
    first = PublishKey("k1", "T0101", "OBS", b"1" * 32, 10, "admin")
    await store.add(first, unrecorded)
    with pytest.raises(KeyExists):
        await store.add(PublishKey("k2", "T0101", "", b"2" * 32, 11, "admin"), unrecorded)
    await store.used({"k1": 12})
    await store.revoke("k1", 13, unrecorded)
    await store.add(PublishKey("k2", "T0101", "", b"2" * 32, 14, "admin"), unrecorded)
    valid, revoked = await store.keys()
    assert (valid.id, valid.revoked_utc_us) == ("k2", None)
    assert (revoked.id, revoked.last_used_utc_us, revoked.revoked_utc_us) == ("k1", 12, 13)
