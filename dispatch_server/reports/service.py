"""Answers a search: by name where somebody may search by names, and with names only for who may see them."""

from dataclasses import dataclass, field

from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.cursors import write_cursor
from dispatch_server.kit.masking import masked_name
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import search as messages
from dispatch_server.reports.actions import PARTY, SEARCH
from dispatch_server.reports.model import NO_COVERAGE, Page, Query, Row, Shown
from dispatch_server.reports.on_record import OnRecord
from dispatch_server.reports.ports import NamesPort, WorldPort
from dispatch_server.reports.store import SearchStore

API = "/api/v1/recordings"


@dataclass(slots=True)
class SearchService:
    world: WorldPort
    store: SearchStore
    names: NamesPort
    recorder: Recorder
    on_record: OnRecord = field(default_factory=OnRecord)

    async def search(self, session: Session, query: Query) -> messages.FoundRecordings:
        """Who searches by a name is on record, without the name; once for a sign-in's search, not for each page."""
        if query.party and not self.on_record.has(session.id, query):
            await self.recorder.enter(session, PARTY, department=session.person.department)
            self.on_record.add(session.id, query)
        page = await self.store.search(query)
        return self._shown(page, session.scope(PARTY), query.case_scope)

    def _shown(self, page: Page, party_scope: Scope, case_scope: Scope) -> messages.FoundRecordings:
        return messages.FoundRecordings(
            recordings=[self._found(row, party_scope, case_scope) for row in page.rows],
            next_cursor=write_cursor(page.next_place) if page.next_place is not None else None,
            counted=page.counted,
            more_than_counted=page.more_than_counted,
            server_utc_us=self.world.utc_us(),
        )

    def _found(self, row: Row, party_scope: Scope, case_scope: Scope) -> messages.FoundRecording:
        chinese, english = self.names.department_names(row.department)
        seen = [one for one in row.cases if case_scope.covers(one.department)]
        return messages.FoundRecording(
            recording_id=row.recording_id,
            source=row.source,
            terminal_name=self.names.terminal_name(row.source),
            department_code=row.department,
            department_name=chinese,
            department_name_en=english,
            origin="terminal" if row.origin == "terminal" else "server",
            layer="sub" if row.layer == "sub" else "main",
            state=row.state,  # of archive's table, and checked by the model
            held=row.held,
            started_utc_us=row.begun_utc_us,
            ended_utc_us=row.ended_utc_us,
            enforcements=[_enforcement(one, row.department, party_scope) for one in row.shown if one.enforcement_id],
            bytes=row.bytes,
            enforcement_id=row.enforcement_id,
            kind=row.kind,
            item_code=row.item_code,
            item_name=row.item_name,
            officers=[messages.FoundOfficer(certificate=one.certificate, name=one.name) for one in row.officers],
            steps=list(row.steps),
            party=_party(row, row.department, party_scope),
            place=row.place,
            position=_position(row),
            cases=[messages.FoundCase(id=one.id, number=one.number) for one in seen],
            coverage_per_mille=_per_mille(row),
            missing_us=row.missing_us,
            faults=list(row.faults),
            thumbnail_url=f"{API}/{row.recording_id}/thumbnail.jpg" if row.thumbnail else None,
            playlist_url=f"{API}/{row.recording_id}/playlist.m3u8",
        )


def _enforcement(one: Shown, department: str, party_scope: Scope) -> messages.FoundEnforcement:
    return messages.FoundEnforcement(
        enforcement_id=one.enforcement_id,
        kind=one.kind,
        item_code=one.item_code,
        item_name=one.item_name,
        party=_party(one, department, party_scope),
        place=one.place,
        position=_position(one),
        coverage_per_mille=_per_mille(one),
        missing_us=one.missing_us,
    )


def _per_mille(one: Row | Shown) -> int | None:
    return None if one.coverage_per_mille == NO_COVERAGE else one.coverage_per_mille


def _party(row: Row | Shown, department: str, scope: Scope) -> messages.FoundParty | None:
    if not row.party:
        return None
    if not row.party_is_person:
        return messages.FoundParty(kind="organisation", name=row.party)
    name = row.party if scope.covers(department) else masked_name(row.party)
    return messages.FoundParty(kind="person", name=name)


def _position(row: Row | Shown) -> messages.FoundPosition | None:
    if row.latitude is None or row.longitude is None:
        return None
    return messages.FoundPosition(lat=row.latitude, lon=row.longitude)


def scopes_of(session: Session, by_party: bool) -> tuple[Scope, Scope]:
    """What may be found, and whose cases may be known of."""
    scope = session.scope(PARTY) if by_party else session.scope(SEARCH)
    return scope, session.scope("case.list")
