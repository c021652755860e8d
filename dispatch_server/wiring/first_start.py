"""Connects the first start: folders, keys and tables, and the rooms that make departments and people."""

from dispatch_server.kit.redact import Secret
from dispatch_server.ops.first_start import AdministratorsPort, Begun, refuse_twice
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.wiring import Wiring, wire_ground
from dispatch_server.wiring.identity import build_identity
from dispatch_server.wiring.org import import_sample, wire_org


def administrators_of(wiring: Wiring) -> AdministratorsPort:
    """The room of people, without its routes."""
    return build_identity(wiring).people


async def has_administrators(settings: Settings) -> bool | None:
    """Whether anybody can administer this node."""
    wiring, _ = wire_ground(settings, World(), Counters())
    administrators = administrators_of(wiring)
    async with wiring.opened():
        return await administrators.has_people()


async def begin(settings: Settings, *, organisation: bool, over_something: bool, world: World | None = None) -> Begun:
    """Everything once, in the order in which it can be done again after a failure; the caller marks it done."""
    begun = Begun()
    refuse_twice(settings, over_something=over_something)
    wiring, _ = wire_ground(settings, world or World(), Counters())
    files = wire_org(wiring)
    administrators = administrators_of(wiring)
    async with wiring.opened():
        wiring.keys.secret("metrics_token")
        begun.done.append(f"数据目录与密钥 / data folder and keys: {settings.data_folder}")
        begun.done.append("数据库 / database: " + ("SQLite" if wiring.database.is_sqlite else "PostgreSQL"))
        if organisation:
            reports = await import_sample(files, settings)
            created = sum(change.what == "created" for report in reports for change in report.changes)
            begun.done.append(f"组织机构 / organisation: {created} 项新建 entries made")
        # Last, so that no failure after it loses a password.
        made = await administrators.create_first_administrators()
        begun.administrators = [(account, Secret(password)) for account, password in made]
    return begun
