"""Connects case files: to the organisation, the archive's recordings, enforcements, and whoever holds footage."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.retention.holds import HoldService
from dispatch_server.cases.changes import Changes
from dispatch_server.cases.facts import EnforcementFacts, Held
from dispatch_server.cases.ports import EnforcementsPort
from dispatch_server.cases.routes import case_routes, link_routes
from dispatch_server.cases.service import CaseService
from dispatch_server.cases.store import CaseStore
from dispatch_server.enforcement.ports import AfterCommit
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.scope import Scope
from dispatch_server.live.roster import Roster
from dispatch_server.org.service import OrgService
from dispatch_server.wiring.archive import Names
from dispatch_server.wiring.recording_facts import ForCases

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Officers:
    """The organisation, as case files ask it."""

    org: OrgService

    def exists(self, certificate: str) -> bool:
        return certificate in self.org.now.officers_by_certificate

    def department_exists(self, path: str) -> bool:
        return path in self.org.departments()

    def named(self, name: str) -> Sequence[str]:
        return [one.certificate for one in self.org.now.officers.values() if one.name == name]


@dataclass(frozen=True, slots=True)
class CaseHolds:
    """The cases' HoldPort: retention's holds."""

    holds: HoldService

    async def place(
        self, case_id: str, recording_ids: Sequence[str], reason: str, by: Caller, until_utc_us: int | None
    ) -> Held:
        hold, left_out = await self.holds.place_over_case(case_id, recording_ids, reason, by, until_utc_us)
        return Held(hold.id, hold.recordings, left_out)


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """The enforcements' CaseFilesPort."""

    cases: CaseService

    async def take(
        self, connection: AsyncConnection, caller: Caller, case_id: str, enforcement_id: str, scope: Scope
    ) -> AfterCommit:
        file = await self.cases.linking.take(connection, caller, case_id, scope, enforcement_id)

        async def tell() -> None:
            if file is not None:
                await self.cases.linking.tell(file)

        return tell


class NoEnforcements:
    """For a command that builds no rooms: none can be linked."""

    async def facts_of(self, enforcement_ids: Sequence[str], scope: Scope) -> Mapping[str, EnforcementFacts]:
        return {}


def wire_cases(
    wiring: "Wiring", org: OrgService, roster: Roster, enforcements: EnforcementsPort | None = None
) -> CaseService:
    """Its `holds` are set by whoever has them."""
    database = wiring.database
    changes = Changes(
        wiring.world,
        wiring.bus,
        wiring.recorder,
        CaseStore(database),
        enforcements or NoEnforcements(),
        ForCases(database),
    )
    pattern = re.compile(wiring.settings.cases.number_pattern)
    cases = CaseService(changes, Officers(org), pattern)
    wiring.state["cases"] = cases
    wiring.routers.extend((case_routes(cases, Names(roster)), link_routes(cases, Names(roster))))
    return cases
