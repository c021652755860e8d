"""Connects the search: to all that is told of recordings, and to the rooms that know the facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.model import FragmentKept, PictureMarksChanged
from dispatch_server.cases.service import CaseService
from dispatch_server.kit.events import Event
from dispatch_server.live.roster import Roster
from dispatch_server.reports.facts import Change
from dispatch_server.reports.feeding import Facts, Feeder
from dispatch_server.reports.model import CaseName
from dispatch_server.reports.ports import NoCoverage, NoEnforcements
from dispatch_server.reports.routes import search_routes
from dispatch_server.reports.service import SearchService
from dispatch_server.reports.store import SearchStore
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.wiring.archive import Names
from dispatch_server.wiring.recording_facts import ForSearch

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring


@dataclass(frozen=True, slots=True)
class CasesForSearch:
    cases: CaseService

    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[CaseName, ...]]:
        found = {}
        for one in recording_ids:
            found[one] = tuple(CaseName(x.id, x.number, x.department) for x in await self.cases.cases_of(one))
        return found

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        """What was withdrawn from a case is told of, too: its row still names the case."""
        changed = await self.cases.changed_since(utc_us, limit)
        return [Change(one.changed_utc_us, tuple(await self.cases.ever_linked(one.id))) for one in changed]


def feeder_of(wiring: "Wiring", cases: CaseService) -> Feeder:
    """Without the rooms that nobody has wired yet."""
    database = wiring.database
    facts = Facts(ForSearch(database), NoEnforcements(), NoCoverage(), CasesForSearch(cases))
    return Feeder(wiring.world, SearchStore(database), facts)


def wire_reports(wiring: "Wiring", roster: Roster, archive: ArchiveRoom, cases: CaseService) -> Feeder:
    feeder = feeder_of(wiring, cases)
    search = SearchService(wiring.world, feeder.store, Names(roster), wiring.recorder)
    wiring.routers.append(search_routes(search))
    wiring.counters.gauge("search_waiting", "Recordings to be looked at again.", lambda: len(feeder.waiting))
    wiring.counters.gauge("search_overflowed", "Times that too many waited.", lambda: feeder.overflowed)

    async def listen() -> None:
        subscription = wiring.bus.subscribe(Event, "search")
        missed = 0
        async for event in subscription:
            if subscription.missed != missed:
                missed = subscription.missed
                feeder.fall_behind()
            await tell(feeder, archive, event)

    async def open_search(scope: TaskScope) -> None:
        scope.start("search listens", listen)
        scope.start("search follows", feeder.run)

    wiring.openings.append(open_search)
    return feeder


async def tell(feeder: Feeder, archive: ArchiveRoom, event: Event) -> None:
    """Whatever names a recording or an enforcement has changed something about it."""
    match event:
        case FragmentKept():  # many a second; what is open is looked at with each compare
            return
        case PictureMarksChanged():
            if event.marks:
                held = archive.archive.by_id.values()
                showing = [one.recording.card.id for one in held if one.recording.card.stream_id == event.stream_id]
                await feeder.keep_fault(showing, event.marks)
            return
    if one := getattr(event, "recording_id", ""):
        feeder.note([one])
    if several := getattr(event, "recording_ids", ()):
        feeder.note(several)
    if enforcement := getattr(event, "enforcement_id", ""):
        await feeder.note_enforcement(enforcement)
