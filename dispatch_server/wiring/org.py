"""Connects the organisation: kept in the database, read from the sample files where a new node has none."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dispatch_server.org.clerk import Clerk
from dispatch_server.org.files import OrgFiles, Report
from dispatch_server.org.model import ROOT, OrganisationChanged
from dispatch_server.org.refusals import FileWrong, RulesBroken
from dispatch_server.org.routes import org_routes
from dispatch_server.org.service import OrgService
from dispatch_server.org.store import OrgStore
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import OnFailure, TaskScope
from dispatch_server.runtime.threads import Kind
from dispatch_server.settings import Settings

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

COMPARE_S = 5.0
_log = log_of("organisation")
T = TypeVar("T")


def wire_org(wiring: "Wiring") -> OrgFiles:
    """In development mode an empty database gets the sample organisation; else `init` or an import brings one."""
    world, threads = wiring.world, wiring.threads

    async def off_loop(function: Callable[[], T], /) -> T:
        return await threads.run(Kind.GENERAL, function)

    org = OrgService(world, OrgStore(wiring.database), wiring.bus, wiring.recorder)
    files = OrgFiles(org, off_loop, Clerk())
    wiring.routers.extend(org_routes(files))
    wiring.counters.gauge("org_revision", "Of the organisation as this node knows it.", lambda: org.now.revision)

    async def listen() -> None:
        async for event in wiring.bus.subscribe(OrganisationChanged, "organisation"):
            await org.catch_up(event.revision)

    async def compare() -> None:
        while True:
            await asyncio.sleep(COMPARE_S)
            await org.catch_up()

    async def open_org(scope: TaskScope) -> None:
        await org.load()
        if org.now.is_empty and wiring.settings.server.is_development:
            try:
                await import_sample(files, wiring.settings)
            except (FileWrong, RulesBroken) as error:  # the sample's items do not fit somebody's own departments
                _log.warning("not all of the sample could be imported", reason=error.sentence)
        scope.start("organisation listens", listen, OnFailure.RESTART)
        scope.start("organisation compares", compare, OnFailure.RESTART)

    wiring.openings.append(open_org)
    return files


def is_open(org: OrgService, path: str) -> bool:
    """Whether somebody may be given rights there: the county itself is always there."""
    department = org.departments().get(path)
    return path == ROOT or (department is not None and department.closed_utc_us is None)


async def import_sample(files: OrgFiles, settings: Settings) -> list[Report]:
    """The configured files; what is there already stays as it is. Raises FileWrong, RulesBroken."""
    paths = [Path(settings.departments_file), *map(Path, settings.organisation_files)]
    reports = await files.import_files(paths)
    created = sum(change.what == "created" for report in reports for change in report.changes)
    _log.info("organisation imported", files=[path.name for path in paths], created=created)
    return reports
