"""Joins what the rooms say of one recording into the row that is searched."""

from collections.abc import Sequence
from dataclasses import replace

from dispatch_server.reports.facts import CoverageFacts, EnforcementFacts, RecordingFacts
from dispatch_server.reports.model import CaseName, Row, Shown

MOST_SHOWN = 100  # the last ones: what is filed of one recording is bounded


def joined(
    recording: RecordingFacts,
    enforcements: Sequence[tuple[EnforcementFacts, CoverageFacts]] = (),
    cases: tuple[CaseName, ...] = (),
    faults: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Row:
    """`enforcements`: all that it shows, oldest first. Of a recording without any only what it is itself."""
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
    return _with(own, enforcements[-MOST_SHOWN:]) if enforcements else own


def _with(own: Row, enforcements: Sequence[tuple[EnforcementFacts, CoverageFacts]]) -> Row:
    *earlier, last = (_shown(one, coverage) for one, coverage in enforcements)
    return replace(
        own,
        enforcement_id=last.enforcement_id,
        kind=last.kind,
        item_code=last.item_code,
        item_name=last.item_name,
        party=last.party,
        party_is_person=last.party_is_person,
        place=last.place,
        latitude=last.latitude,
        longitude=last.longitude,
        coverage_per_mille=last.coverage_per_mille,
        missing_us=last.missing_us,
        officers=tuple(dict.fromkeys(officer for one, _ in enforcements for officer in one.officers)),
        steps=tuple(dict.fromkeys(step for one, _ in enforcements for step in one.steps)),
        spoken=(*(mark for one, _ in enforcements for mark in one.marks), *own.spoken),
        earlier=tuple(earlier),
    )


def _shown(enforcement: EnforcementFacts, coverage: CoverageFacts) -> Shown:
    return Shown(
        enforcement_id=enforcement.id,
        kind=enforcement.kind,
        item_code=enforcement.item_code,
        item_name=enforcement.item_name,
        party=enforcement.party,
        party_is_person=enforcement.party_is_person,
        place=enforcement.place,
        latitude=enforcement.latitude,
        longitude=enforcement.longitude,
        coverage_per_mille=coverage.per_mille,
        missing_us=coverage.missing_us,
    )
