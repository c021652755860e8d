"""The tables: made by the migrations, filled and read back the same on both databases."""

from sqlalchemy import inspect

from dispatch_server.kit.scope import COUNTY, NOTHING, Scope
from dispatch_server.org.model import Organisation
from dispatch_server.org.store import OfficerQuery, OrgStore
from dispatch_server.runtime.database import METADATA, Database
from tests.integration.org.rig import Rig
from tests.unit.org.county import sample

TABLES = [name for name in METADATA.tables if name.startswith("org_")]


async def test_the_migrations_make_what_the_store_declares(database: Database) -> None:
    assert len(TABLES) == 7
    async with database.reading() as connection:
        for name in TABLES:
            found = await connection.run_sync(lambda sync, name=name: inspect(sync).get_columns(name))
            wanted = {column.name: bool(column.nullable) for column in METADATA.tables[name].columns}
            assert {column["name"]: column["nullable"] for column in found} == wanted
            indexes = await connection.run_sync(lambda sync, name=name: inspect(sync).get_indexes(name))
            assert {index.name for index in METADATA.tables[name].indexes} <= {one["name"] for one in indexes}


async def test_the_whole_comes_back_as_it_was(rig: Rig, database: Database) -> None:
    read = await OrgStore(database).read()
    assert read == rig.org.now
    expected = sample()
    assert read.departments == expected.departments
    assert {one.code: one for one in read.items.values()} == expected.items
    assert {one.natural_key for one in read.delegations.values()} == {
        one.natural_key for one in expected.delegations.values()
    }
    assert read != Organisation()


async def test_officers_are_found_within_a_scope_only(rig: Rig) -> None:
    async def found(scope: Scope, **more: object) -> list[str]:
        query = OfficerQuery(scope, **{"limit": 100, **more})  # type: ignore[arg-type]
        return [one.certificate for one in await rig.org.list_officers(query)]

    everybody = await found(COUNTY)
    assert (len(everybody), everybody) == (21, sorted(everybody))
    assert await found(NOTHING) == []
    assert await found(Scope.of("13")) == ["样例-13-001", "样例-13-002", "样例-13-003"]
    assert await found(Scope.of("13/02", "14")) == ["样例-13-003", "样例-14-001", "样例-14-002"]
    assert await found(Scope.of("14"), department="13") == []
    assert await found(COUNTY, department="13", limit=2) == everybody[7:9]
    assert await found(COUNTY, department="13", after="样例-13-002") == ["样例-13-003"]
