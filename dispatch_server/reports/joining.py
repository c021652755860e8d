"""Joins what the rooms say of one recording into the row that is searched."""

from dataclasses import replace

from dispatch_server.reports.facts import CoverageFacts, EnforcementFacts, RecordingFacts
from dispatch_server.reports.model import CaseName, Row


def joined(
    recording: RecordingFacts,
    enforcement: EnforcementFacts | None = None,
    coverage: CoverageFacts | None = None,
    cases: tuple[CaseName, ...] = (),
    faults: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Row:
    """Of a recording without an enforcement only what it is itself."""
    own = Row(
        recording_id=recording.id,
        department=recording.department,
        source=recording.source,
        origin=recording.origin,
        layer=recording.layer,
        state=recording.state,
        begun_utc_us=recording.begun_utc_us,
        ended_utc_us=max(recording.ended_utc_us, recording.begun_utc_us),
        held=recording.held,
        thumbnail=recording.thumbnail,
        cases=tuple(sorted(cases, key=lambda one: one.number)),
        faults=tuple(sorted(set(faults))),
        spoken=notes,
        bytes=recording.bytes,
    )
    return own if enforcement is None else _of_an_enforcement(own, enforcement, coverage or CoverageFacts())


def _of_an_enforcement(own: Row, enforcement: EnforcementFacts, coverage: CoverageFacts) -> Row:
    return replace(
        own,
        enforcement_id=enforcement.id,
        kind=enforcement.kind,
        item_code=enforcement.item_code,
        item_name=enforcement.item_name,
        officers=enforcement.officers,
        steps=tuple(dict.fromkeys(enforcement.steps)),
        party=enforcement.party,
        party_is_person=enforcement.party_is_person,
        place=enforcement.place,
        latitude=enforcement.latitude,
        longitude=enforcement.longitude,
        coverage_per_mille=coverage.per_mille,
        missing_us=coverage.missing_us,
        spoken=(*enforcement.marks, *own.spoken),
    )
