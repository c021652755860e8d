"""The organisation as a server opens it: a newcomer's has the sample, another's waits for its own, nodes agree."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.redact import Secret
from dispatch_server.org.files import OrgFiles
from dispatch_server.org.model import Change, OrganisationChanged
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.runtime.jobs import Jobs
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.objects import LocalFolder
from dispatch_server.runtime.scope import Fatal
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import BusSettings, DatabaseSettings, Mode, ServerSettings, Settings
from dispatch_server.wiring import Wiring, wire_runtime
from dispatch_server.wiring.org import import_sample, wire_org
from tests.integration.org.rig import SETUP, FakeLedger
from tests.unit.org.county import department
from tests.waiting import until_async
from tests.worlds import TestWorld


def settings_of(folder: Path, mode: Mode, **more: object) -> Settings:
    return Settings(
        data_folder=str(folder),
        server=ServerSettings(mode=mode),
        database=DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{folder / 'test.sqlite3'}")),
        **more,  # type: ignore[arg-type]
    )


@asynccontextmanager
async def node(settings: Settings, bus: LocalBus | None = None) -> AsyncIterator[OrgFiles]:
    """The rooms up to the organisation's, opened."""
    world, counters = TestWorld(), Counters()
    threads = Threads(settings.threads, counters)
    wiring = Wiring(
        settings=settings,
        world=world,
        counters=counters,
        fatal=Fatal(),
        bus=bus or LocalBus(BusSettings(), Counters()),
        keys=KeyRing(Path(settings.data_folder), world),
        threads=threads,
        database=Database(settings.database, counters),
        objects=LocalFolder(settings.objects, threads, world),
        jobs=Jobs(world, counters),
        recorder=Recorder(world, FakeLedger()),
    )
    wire_runtime(wiring)
    files = wire_org(wiring)
    async with wiring.opened():
        yield files


async def test_a_newcomer_has_the_sample_county_and_keeps_what_becomes_of_it(data_folder: Path) -> None:
    settings = settings_of(data_folder, Mode.DEVELOPMENT)
    async with node(settings) as files:
        assert (len(files.org.departments()), len(files.org.items()), len(files.org.officers())) == (24, 17, 21)
        revision = files.org.now.revision
        await files.org.change(SETUP, lambda base: [_team("13/09")])
    async with node(settings) as files:
        assert files.org.now.revision == revision + 1
        assert "13/09" in files.org.departments()


async def test_a_real_county_begins_empty_until_its_files_are_imported(data_folder: Path) -> None:
    settings = settings_of(data_folder, Mode.PRODUCTION, organisation_files=("config/officers.yaml",))
    async with node(settings) as files:
        assert files.org.now.is_empty
        await import_sample(files, settings)
        assert (len(files.org.departments()), len(files.org.items()), len(files.org.officers())) == (24, 0, 21)


async def test_a_newcomer_with_departments_of_their_own_starts_without_the_samples_items(
    data_folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    line = "{code: '01', name: 某局, name_en: Bureau, kind: bureau}"
    own.write_text(f"county: 某县\ncounty_en: County\ndepartments: [{line}]\n", encoding="utf-8")
    async with node(settings_of(data_folder, Mode.DEVELOPMENT, departments_file=str(own))) as files:
        assert (len(files.org.departments()), len(files.org.items())) == (2, 0)


async def test_what_one_node_changes_the_other_knows(data_folder: Path) -> None:
    bus = LocalBus(BusSettings(), Counters())
    settings = settings_of(data_folder, Mode.DEVELOPMENT)
    async with node(settings, bus) as one, node(settings, bus) as other:
        heard = bus.subscribe(OrganisationChanged, "test")
        await one.org.change(SETUP, lambda base: [_team("13/09")])
        assert (await anext(heard)).revision == one.org.now.revision
        await until_async(lambda: "13/09" in other.org.departments(), what="the other node knows the team")
        assert other.org.now == one.org.now


def _team(path: str) -> Change:
    return Change(None, department(path))
