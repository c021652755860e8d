"""Connects the first start: runtime's folders, keys and tables, and whoever makes people and departments."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.ops.first_start import (
    AdministratorsPort,
    Begun,
    OrganisationPort,
    refuse_twice,
)
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings


@dataclass(frozen=True, slots=True)
class Rooms:
    """None while this program has no such room."""

    administrators: AdministratorsPort | None = None
    organisation: OrganisationPort | None = None


def rooms_of(settings: Settings, database: Database, world: World) -> Rooms:
    """The rooms that make people and departments, over an open database."""
    return Rooms()


async def has_administrators(settings: Settings) -> bool | None:
    """Whether anybody can administer this node; None while there is no room that knows."""
    async with _database(settings) as database:
        administrators = rooms_of(settings, database, World()).administrators
        return None if administrators is None else await administrators.has_administrators()


async def begin(
    settings: Settings, organisation: Path | None, *, over_something: bool, world: World | None = None
) -> Begun:
    """Everything once, in the order in which it can be done again after a failure; the caller marks it done."""
    world, begun = world or World(), Begun()
    refuse_twice(settings, over_something=over_something)
    keys = KeyRing(Path(settings.data_folder), world)
    keys.open()
    keys.secret("metrics_token")
    begun.done.append(f"数据目录与密钥 / data folder and keys: {settings.data_folder}")
    async with _database(settings) as database:
        begun.done.append("数据库 / database: " + ("SQLite" if database.is_sqlite else "PostgreSQL"))
        rooms = rooms_of(settings, database, world)
        if organisation is not None and rooms.organisation is not None:
            told = await rooms.organisation.import_files(organisation)
            begun.done.append(f"组织机构 / organisation: {told}")
        elif organisation is not None:
            begun.left_out.append("组织机构未导入 / the organisation was not imported: no such room in this version")
        # Last, so that no failure after it loses a password.
        if rooms.administrators is not None:
            begun.administrators = await rooms.administrators.create_first_administrators()
        else:
            begun.left_out.append("未创建管理员 / no administrators were made: no such room in this version")
    return begun


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    async with Database(settings.database, Counters()).opened() as database:
        yield database
