"""Answers a search: by name where somebody may search by names, and with names only for who may see them."""

import base64
import binascii
from dataclasses import dataclass, field

from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.masking import masked_name
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import search as messages
from dispatch_server.reports.actions import PARTY, SEARCH
from dispatch_server.reports.model import NO_COVERAGE, Page, Query, Row
from dispatch_server.reports.on_record import OnRecord
from dispatch_server.reports.placing import FURTHEST
from dispatch_server.reports.ports import NamesPort, WorldPort
from dispatch_server.reports.refusals import CursorUnusable
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
            enforcement_id=row.enforcement_id,
            kind=row.kind,
            item_code=row.item_code,
            item_name=row.item_name,
            officers=[messages.FoundOfficer(certificate=one.certificate, name=one.name) for one in row.officers],
            steps=list(row.steps),
            party=_party(row, party_scope),
            place=row.place,
            position=_position(row),
            cases=[messages.FoundCase(id=one.id, number=one.number) for one in seen],
            coverage_per_mille=None if row.coverage_per_mille == NO_COVERAGE else row.coverage_per_mille,
            missing_us=row.missing_us,
            faults=list(row.faults),
            thumbnail_url=f"{API}/{row.recording_id}/thumbnail.jpg" if row.thumbnail else None,
            playlist_url=f"{API}/{row.recording_id}/playlist.m3u8",
        )


def _party(row: Row, scope: Scope) -> messages.FoundParty | None:
    if not row.party:
        return None
    if not row.party_is_person:
        return messages.FoundParty(kind="organisation", name=row.party)
    name = row.party if scope.covers(row.department) else masked_name(row.party)
    return messages.FoundParty(kind="person", name=name)


def _position(row: Row) -> messages.FoundPosition | None:
    if row.latitude is None or row.longitude is None:
        return None
    return messages.FoundPosition(lat=row.latitude, lon=row.longitude)


def write_cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    """Raises CursorUnusable."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        place = int(text) if text.isdecimal() else -1
    except (ValueError, binascii.Error):
        raise CursorUnusable from None
    if not 0 <= place <= FURTHEST:
        raise CursorUnusable
    return place


def scopes_of(session: Session, by_party: bool) -> tuple[Scope, Scope]:
    """What may be found, and whose cases may be known of."""
    scope = session.scope(PARTY) if by_party else session.scope(SEARCH)
    return scope, session.scope("case.list")
