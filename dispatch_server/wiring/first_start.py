"""Connects the first start: folders, keys and tables, and the rooms that make departments and people."""

from collections.abc import Sequence

from dispatch_server.identity.people import PeopleService
from dispatch_server.kit.redact import Secret
from dispatch_server.ops.first_start import AdministratorsPort, Begun, refuse_twice
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.wiring import wire_ground
from dispatch_server.wiring.enforcement import steps_of
from dispatch_server.wiring.identity import build_identity
from dispatch_server.wiring.org import import_sample, wire_org


class Administrators:
    """The room of people, as the first start asks it."""

    def __init__(self, people: PeopleService) -> None:
        self._people = people

    async def has_people(self) -> bool:
        return await self._people.credentials.store.count() > 0

    async def create_first_administrators(self) -> Sequence[tuple[str, str]]:
        return await self._people.create_first_administrators()


async def has_administrators(settings: Settings) -> bool:
    """Whether anybody can administer this node."""
    wiring, _ = wire_ground(settings, World(), Counters())
    administrators: AdministratorsPort = Administrators(build_identity(wiring).people)
    async with wiring.opened():
        return await administrators.has_people()


async def begin(settings: Settings, *, organisation: bool, over_something: bool, world: World | None = None) -> Begun:
    """Everything once, in the order in which it can be done again after a failure; the caller marks it done."""
    begun = Begun()
    refuse_twice(settings, over_something=over_something)
    steps = steps_of(settings)  # it could not serve without; nothing is made before that is known
    wiring, _ = wire_ground(settings, world or World(), Counters())
    files = wire_org(wiring)
    administrators: AdministratorsPort = Administrators(build_identity(wiring).people)
    async with wiring.opened():
        wiring.keys.secret("metrics_token")
        begun.done.append(f"数据目录与密钥 / data folder and keys: {settings.data_folder}")
        begun.done.append("数据库 / database: " + ("SQLite" if wiring.database.is_sqlite else "PostgreSQL"))
        if organisation:
            reports = await import_sample(files, settings)
            created = sum(change.what == "created" for report in reports for change in report.changes)
            begun.done.append(f"组织机构 / organisation: {created} 项新建 entries made")
        begun.done.append(f"音像记录事项清单 / recording steps: {len(steps.steps)}")
        if steps.template:
            begun.left_out.append(f"清单为模板，须由县确认 / the county must confirm {settings.recording_steps_file}")
        # Last, so that no failure after it loses a password.
        if await administrators.has_people():
            begun.left_out.append("已有人员，未创建管理员 / there are people already: no administrators were made")
        else:
            made = await administrators.create_first_administrators()
            begun.administrators = [(account, Secret(password)) for account, password in made]
    return begun
