"""Migrations: every slice's own row of steps, and together they make exactly the tables that the code declares."""

import importlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect

import dispatch_server
from dispatch_server.kit.errors import LocalFault
from dispatch_server.runtime.database import METADATA
from dispatch_server.runtime.migrating import VERSIONS, bring_up_to_date, heads

FILES = sorted(VERSIONS.glob("*/*.py"))
STEP = '''"""A step of the test."""
from alembic import op
import sqlalchemy as sa
revision = "{slice}_{number:04}"
down_revision = {down}
def upgrade():
    op.create_table("{slice}_{number}", sa.Column("id", sa.String, primary_key=True))
    {more}
'''


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


def step(versions: Path, name: str, number: int, more: str = "") -> None:
    folder = versions / name
    folder.mkdir(parents=True, exist_ok=True)
    down = f'"{name}_{number - 1:04}"' if number > 1 else None
    (folder / f"{number:04}_step.py").write_text(STEP.format(slice=name, number=number, down=down, more=more))


def is_index_of_words(name: str | None, kind: str) -> bool:
    """SQLite's full-text index and what it keeps itself in: its migration makes it, and no store declares it."""
    return kind == "table" and name is not None and name.startswith("search_terms")


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if name != "alembic_version"}


def test_each_slice_goes_its_own_way(engine: Engine, tmp_path: Path) -> None:
    step(tmp_path, "sun", 1)
    step(tmp_path, "moon", 1)
    with engine.begin() as connection:
        bring_up_to_date(connection, tmp_path)
        assert tables(connection) == {"sun_1", "moon_1"}
        step(tmp_path, "sun", 2)
        assert heads(tmp_path) == {"sun_0002", "moon_0001"}
        bring_up_to_date(connection, tmp_path)
        bring_up_to_date(connection, tmp_path)
        assert tables(connection) == {"sun_1", "sun_2", "moon_1"}


def test_a_step_that_fails_leaves_everything_as_it_was(engine: Engine, tmp_path: Path) -> None:
    step(tmp_path, "sun", 1)
    step(tmp_path, "sun", 2, more='raise RuntimeError("eclipse")')
    with pytest.raises(RuntimeError, match="eclipse"), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        bring_up_to_date(connection, tmp_path)
    with engine.begin() as connection:
        assert tables(connection) == set()


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}/{file.stem}" for file in FILES])
def test_the_name_of_a_file_tells_its_revision(file: Path) -> None:
    assert re.fullmatch(r"[0-9]{4}_[a-z0-9_]+\.py", file.name)
    specification = importlib.util.spec_from_file_location("step", file)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    number = int(file.name[:4])
    assert module.revision == f"{file.parent.name}_{number:04}"
    assert module.down_revision == (f"{file.parent.name}_{number - 1:04}" if number > 1 else None)


def test_migrations_make_the_tables_that_the_stores_declare(engine: Engine) -> None:
    root = Path(dispatch_server.__file__).parent
    for store in sorted([*root.glob("*/*store.py"), *root.glob("*/*/*store.py")]):
        importlib.import_module(".".join(("dispatch_server", *store.relative_to(root).with_suffix("").parts)))
    with engine.begin() as connection:
        bring_up_to_date(connection)
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, kind, _: not is_index_of_words(name, kind)},
        )
        assert compare_metadata(context, METADATA) == []


def test_an_unknown_revision_is_refused(engine: Engine, tmp_path: Path) -> None:
    step(tmp_path, "sun", 1)
    with engine.begin() as connection:
        bring_up_to_date(connection, tmp_path)
    for file in tmp_path.glob("sun/*"):
        file.unlink()
    with pytest.raises(LocalFault, match="sun_0001"), engine.begin() as connection:
        bring_up_to_date(connection, tmp_path)
