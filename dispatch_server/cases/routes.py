"""/api/v1/cases: case files, what is linked to them, what they lack, and their life."""

from typing import Annotated

from fastapi import Header, Path, Query, Response

from dispatch_server.cases import actions, shown, store
from dispatch_server.cases.asked import changing, values_of, version_of
from dispatch_server.cases.linking import Shown
from dispatch_server.cases.model import Case, File, Happening, State, Thing
from dispatch_server.cases.ports import NamesPort
from dispatch_server.cases.service import CaseService
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.case_numbers import normalised
from dispatch_server.kit.cursors import read_cursor, write_cursor
from dispatch_server.protocol import cases as messages
from dispatch_server.protocol.problem import responses

CaseId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{8,36}$")]
PartId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{8,36}$")]
IfMatch = Annotated[str | None, Header(max_length=200, description='The version that was seen, as its ETag: `"3"`.')]
READING = responses(401, 403, 404, 422, 503)
CREATING = responses(400, 401, 403, 404, 409, 413, 422, 503)
CHANGING = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
MOST_SHOWN = 1_000  # recordings of one case
LINKING = responses(400, 401, 403, 404, 409, 413, 422, 429, 503)


def case_routes(cases: CaseService, names: NamesPort) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/cases", tags=["cases"])

    def answer(file: File, session: Session, response: Response) -> messages.CaseDetail:
        response.headers["ETag"] = f'"{file.case.version}"'
        return shown.detail(file, names, session.scope(actions.PARTY))

    @router.get("", responses=responses(400, 401, 403, 422, 503))
    async def list_cases(
        session: Annotated[Session, permit(actions.LIST)],
        department: Annotated[str | None, Query(max_length=64)] = None,
        state: messages.StateWord | None = None,
        year: Annotated[int | None, Query(ge=1949, le=2200)] = None,
        number: Annotated[str, Query(max_length=80, description="Any part of it.")] = "",
        officer: Annotated[str, Query(max_length=64, description="Certificate number or name, whole.")] = "",
        cause: Annotated[str, Query(max_length=200)] = "",
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> messages.CaseList:
        """Newest first."""
        after = read_cursor(cursor) if cursor else None
        asked = store.Query(
            limit + 1, session.scope(actions.LIST), department, State(state) if state else None,
            normalised(number), cases.certificates_of(officer), cause, year, after,
        )  # fmt: skip
        found = await cases.listed(asked)
        sees = session.scope(actions.PARTY)
        return messages.CaseList(
            cases=[shown.entry(one, names, sees) for one in found[:limit]],
            next_cursor=write_cursor(found[limit - 1].opened_utc_us, found[limit - 1].id)
            if len(found) > limit
            else None,
            server_utc_us=cases.changes.now(),
        )

    @router.post("", status_code=201, responses=CREATING)
    async def open_case(
        body: messages.CaseWish, session: Annotated[Session, permit(actions.OPEN)], response: Response
    ) -> messages.CaseDetail:
        """A new file; its number is unique in the department and year."""
        now = cases.changes.now()
        case = Case(
            id=cases.changes.new_id(),
            department=body.department,
            opened_utc_us=now,
            changed_utc_us=now,
            opened_by=cases.changes.by(session),
            **values_of(body),
        )
        return answer(await cases.open(session, case, session.scope(actions.OPEN)), session, response)

    @router.get("/{case_id}", responses=READING)
    async def show_case(
        case_id: CaseId, session: Annotated[Session, permit(actions.LIST)], response: Response
    ) -> messages.CaseDetail:
        """With everything that was ever linked to it."""
        return answer(await cases.find(case_id, session.scope(actions.LIST)), session, response)

    @router.put("/{case_id}", responses=CHANGING)
    async def change_case(
        case_id: CaseId,
        body: messages.CaseChange,
        session: Annotated[Session, permit(actions.CHANGE)],
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.CaseDetail:
        """What it says; its department stays."""
        scope = session.scope(actions.CHANGE)
        await cases.find(case_id, scope)
        file = await cases.change(session, case_id, scope, version_of(if_match), changing(body))
        return answer(file, session, response)

    @router.get("/{case_id}/lacks", responses=READING)
    async def list_lacks(case_id: CaseId, session: Annotated[Session, permit(actions.LIST)]) -> messages.CaseLacks:
        """What the file still lacks, by the facts of now."""
        file = await cases.find(case_id, session.scope(actions.LIST))
        found = [shown.lack(one) for one in await cases.lacks_of(file)]
        return messages.CaseLacks(lacks=found, server_utc_us=cases.changes.now())

    @router.get("/{case_id}/recordings", responses=READING)
    async def list_case_recordings(
        case_id: CaseId, session: Annotated[Session, permit(actions.LIST)]
    ) -> messages.CaseRecordings:
        """Those that are linked, and those that show linked enforcements: of which exhibits are named."""
        found = await cases.footage_of(case_id, session.scope(actions.LIST))
        return shown.footage(found[:MOST_SHOWN], len(found), cases.changes.now())

    @router.post("/{case_id}/state", responses=CHANGING)
    async def move_case(
        case_id: CaseId,
        body: messages.CaseMove,
        session: Annotated[Session, permit(actions.MOVE)],
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.CaseDetail:
        """Fill, close, reopen."""
        scope = session.scope(actions.MOVE)
        await cases.find(case_id, scope)
        file = await cases.move(session, case_id, scope, version_of(if_match), Happening(body.what), body.reason)
        return answer(file, session, response)

    @router.post("/{case_id}/hold", status_code=201, responses=CREATING)
    async def hold_case(
        case_id: CaseId, body: messages.CaseHoldWish, session: Annotated[Session, permit(actions.HOLD)]
    ) -> messages.CaseHold:
        """Nothing of its footage is destroyed until the hold is released, nor of what comes into it later."""
        held = await cases.hold(session, case_id, session.scope(actions.HOLD), body.reason, body.until_utc_us)
        return messages.CaseHold(hold_id=held.hold_id, recordings=held.recordings, left_out=list(held.left_out))

    return router


def link_routes(cases: CaseService, names: NamesPort) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/cases", tags=["cases"])
    linking = cases.linking

    def answer(file: File, session: Session, response: Response) -> messages.CaseDetail:
        response.headers["ETag"] = f'"{file.case.version}"'
        return shown.detail(file, names, session.scope(actions.PARTY))

    @router.post("/{case_id}/links", status_code=201, responses=LINKING)
    async def link(
        case_id: CaseId,
        body: messages.CaseLinkWish,
        session: Annotated[Session, permit(actions.LINK)],
        response: Response,
    ) -> messages.CaseDetail:
        """A recording or an enforcement, now or later; it may be in several cases."""
        scope = session.scope(actions.LINK)
        return answer(await linking.link(session, case_id, scope, Thing(body.thing), body.id), session, response)

    @router.post("/{case_id}/links/{link_id}/withdrawal", responses=LINKING)
    async def unlink(
        case_id: CaseId,
        link_id: PartId,
        body: messages.CaseWithdrawal,
        session: Annotated[Session, permit(actions.LINK)],
        response: Response,
    ) -> messages.CaseDetail:
        """It no longer counts; that it did, who withdrew it and why stay."""
        scope = session.scope(actions.LINK)
        return answer(await linking.unlink(session, case_id, scope, link_id, body.why), session, response)

    @router.post("/{case_id}/exhibits", status_code=201, responses=LINKING)
    async def name_exhibit(
        case_id: CaseId,
        body: messages.ExhibitWish,
        session: Annotated[Session, permit(actions.LINK)],
        response: Response,
    ) -> messages.CaseDetail:
        """A recording of the case, or a time of it, and what it proves."""
        wish = Shown(body.recording_id, body.proves, body.from_utc_us, body.to_utc_us)
        file = await linking.add_exhibit(session, case_id, session.scope(actions.LINK), wish)
        return answer(file, session, response)

    @router.post("/{case_id}/exhibits/{exhibit_id}/withdrawal", responses=LINKING)
    async def withdraw_exhibit(
        case_id: CaseId,
        exhibit_id: PartId,
        body: messages.CaseWithdrawal,
        session: Annotated[Session, permit(actions.LINK)],
        response: Response,
    ) -> messages.CaseDetail:
        scope = session.scope(actions.LINK)
        return answer(await linking.withdraw_exhibit(session, case_id, scope, exhibit_id, body.why), session, response)

    return router
