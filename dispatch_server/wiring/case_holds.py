"""Connects holds over whole cases: what is linked to a case, or arrives for it, is held with the rest."""

from typing import TYPE_CHECKING

from dispatch_server.archive.coverage.model import CoverageChanged
from dispatch_server.archive.retention.holds import HoldService
from dispatch_server.archive.uploads.model import MasterEnded
from dispatch_server.cases.model import CaseLinked
from dispatch_server.cases.service import CaseService
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.events import Event
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import OnFailure, TaskScope

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

_log = log_of("retention")


def extend_case_holds(wiring: "Wiring", holds: HoldService, cases: CaseService) -> None:
    """What no event tells of, retention's own compare finds a minute later."""

    async def listen() -> None:
        async for event in wiring.bus.subscribe(Event, "holds of cases"):
            try:
                if case_ids := await cases_of(event, cases):
                    await holds.extend_over_cases(case_ids)
            except DispatchError as error:
                _log.warning("a held case was not looked at", error=str(error))

    async def open_listening(scope: TaskScope) -> None:
        scope.start("holds of cases", listen, OnFailure.RESTART)

    wiring.openings.append(open_listening)


async def cases_of(event: Event, cases: CaseService) -> set[str]:
    """The cases that have other footage since."""
    match event:
        case CaseLinked():
            return {event.case_id}
        case MasterEnded():
            return {one.id for one in await cases.cases_of(event.recording_id)}
        case CoverageChanged():
            return {one.id for one in await cases.cases_with(event.enforcement_id)}
    return set()
