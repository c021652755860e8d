"""Shows the live room and the register the county as the organisation has it, and keeps both views current."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, cast

from dispatch_server.devices.assembly import DevicesRoom
from dispatch_server.devices.model import State, TerminalEvent
from dispatch_server.devices.ports import DepartmentFacts, OfficerFacts
from dispatch_server.kit.events import Event
from dispatch_server.live.roster import Department, Kind, Roster, Terminal
from dispatch_server.org.days import COUNTY_TIME
from dispatch_server.org.model import ROOT, DepartmentKind, Officer, OrganisationChanged
from dispatch_server.org.service import OrgService
from dispatch_server.org.tree import depth, is_open
from dispatch_server.runtime.scope import OnFailure, TaskScope

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

COMPARE_S = 2.0
FIRST_NAMES = (("1号终端", "terminal 1"), ("2号终端", "terminal 2"))  # each department carries two
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class OrgDepartments:
    """The register's DepartmentsPort. `sample` names the terminals of departments that its file has."""

    org: OrgService
    sample: Roster

    def departments(self) -> Mapping[str, DepartmentFacts]:
        known = self.org.departments()
        return {
            path: DepartmentFacts(path, one.name, one.name_en, self._first_terminals(path, one.name, one.name_en))
            for path, one in known.items()
            if path != ROOT and is_open(known, path)
        }

    def _first_terminals(self, path: str, name: str, name_en: str) -> tuple[tuple[str, str], ...]:
        if depth(path) != 1:
            return ()
        named = [one for one in self.sample.terminals.values() if one.department.code == path]
        if named:
            return tuple((one.name, one.name_en) for one in named)
        return tuple((f"{name}{label}", f"{name_en}, {label_en}") for label, label_en in FIRST_NAMES)


@dataclass(frozen=True, slots=True)
class OrgOfficers:
    """The register's OfficersPort."""

    org: OrgService

    async def officer(self, officer: str) -> OfficerFacts | None:
        organisation = self.org.now
        found = organisation.officers.get(officer) or organisation.officers_by_certificate.get(officer)
        if found is None:
            return None
        until = None if self.org.officer_may_act(found) is not None else _end_of(found)
        return OfficerFacts(found.id, found.name, found.department, until)


def _end_of(officer: Officer) -> int:
    """The end of the last day on which the certificate is good."""
    first_bad = officer.expires_on + timedelta(days=1)
    if officer.withdrawn_on is not None:
        first_bad = min(first_bad, officer.withdrawn_on)
    return int(datetime.combine(first_bad, time(), COUNTY_TIME).timestamp()) * MICROSECONDS


def fill(roster: Roster, org: OrgService, devices: DevicesRoom) -> None:
    """The open departments and the terminals that are not retired."""
    known = org.departments()
    departments = {
        path: Department(path, one.name, one.name_en, cast(Kind, one.kind.value))
        for path, one in sorted(known.items())
        if one.kind is not DepartmentKind.COUNTY and is_open(known, path)
    }
    terminals = {}
    for terminal in sorted(devices.parts.devices.register, key=lambda one: one.number):
        department = departments.get(terminal.department)
        if department is not None and terminal.state is not State.RETIRED:
            terminals[terminal.number] = Terminal(terminal.number, terminal.name, terminal.name_en, department)
    county = known.get(ROOT)
    if county is not None:
        roster.county, roster.county_en = county.name, county.name_en
    roster.departments, roster.terminals = departments, terminals


def keep_roster(wiring: "Wiring", roster: Roster, org: OrgService, devices: DevicesRoom) -> None:
    """Opened after both, before the live room; a compare every few seconds makes up for what was missed."""

    async def listen() -> None:
        async for event in wiring.bus.subscribe(Event, "roster"):
            if isinstance(event, OrganisationChanged | TerminalEvent):
                fill(roster, org, devices)

    async def compare() -> None:
        while True:
            await asyncio.sleep(COMPARE_S)
            fill(roster, org, devices)

    async def open_roster(scope: TaskScope) -> None:
        fill(roster, org, devices)
        scope.start("roster listens", listen, OnFailure.RESTART)
        scope.start("roster compares", compare, OnFailure.RESTART)

    wiring.openings.append(open_roster)
