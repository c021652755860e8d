"""Cases as the console gets them; who the party is, only for who may know."""

from collections.abc import Sequence
from dataclasses import asdict

from dispatch_server.cases.facts import RecordingFacts
from dispatch_server.cases.lacks import Lack
from dispatch_server.cases.model import Case, Exhibit, File, Link, Party, PartyKind
from dispatch_server.cases.ports import NamesPort
from dispatch_server.kit.masking import masked_name
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import cases as messages


def entry(case: Case, names: NamesPort, sees_party: Scope) -> messages.CaseEntry:
    chinese, english = names.department_names(case.department)
    return messages.CaseEntry(
        id=case.id,
        number=case.number,
        department=case.department,
        department_name=chinese,
        department_name_en=english,
        year=case.year,
        cause=case.cause,
        party=party(case.party, sees_party.covers(case.department)),
        officers=list(case.officers),
        filed_on=case.filed_on,
        decided_on=case.decided_on,
        retention=messages.CaseRetention(
            kept_for=case.retention.kept_for.value, years=case.retention.years, until=case.retention.until
        ),
        state=case.state.value,
        closed_on=case.closed_on,
        kept_until=case.kept_until(),
        opened_utc_us=case.opened_utc_us,
        changed_utc_us=case.changed_utc_us,
        version=case.version,
    )


def footage(found: Sequence[RecordingFacts], count: int, now_utc_us: int) -> messages.CaseRecordings:
    return messages.CaseRecordings(
        recordings=[
            messages.CaseRecording(
                recording_id=one.id,
                source=one.source,
                state=one.state,  # of archive's table, and checked by the model
                started_utc_us=one.begun_utc_us,
                ended_utc_us=one.ended_utc_us,
            )
            for one in found
        ],
        count=count,
        server_utc_us=now_utc_us,
    )


def detail(file: File, names: NamesPort, sees_party: Scope) -> messages.CaseDetail:
    return messages.CaseDetail(
        **entry(file.case, names, sees_party).model_dump(),
        opened_by=file.case.opened_by,
        filled_reason=file.case.filled_reason,
        links=[link(one) for one in file.links],
        exhibits=[exhibit(one) for one in file.exhibits],
    )


def party(one: Party, is_seen: bool) -> messages.CaseParty:
    hidden = one.kind is PartyKind.PERSON and not is_seen
    return messages.CaseParty(
        kind=one.kind.value,
        name=masked_name(one.name) if hidden else one.name,
        identifier="" if hidden else one.identifier,
    )


def link(one: Link) -> messages.CaseLinkEntry:
    values = asdict(one)
    del values["case_id"]
    return messages.CaseLinkEntry(**values)


def exhibit(one: Exhibit) -> messages.ExhibitEntry:
    values = asdict(one)
    del values["case_id"]
    return messages.ExhibitEntry(**values)


def lack(one: Lack) -> messages.CaseLack:
    return messages.CaseLack(code=one.code.value, about=one.about, detail=one.detail)
