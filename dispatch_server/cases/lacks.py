"""What a case file still lacks, told by its facts alone: each lack has a stable code and what it is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.cases.facts import EnforcementFacts, RecordingFacts
from dispatch_server.cases.model import Exhibit, File, Thing

OFFICERS_AT_LEAST = 2  # 行政处罚法 42


class LackCode(StrEnum):
    NO_ENFORCEMENT = "no_enforcement"
    NO_RECORDING = "no_recording"
    NO_DECISION_DATE = "no_decision_date"
    DECIDED_BEFORE_FILED = "decided_before_filed"
    TOO_FEW_OFFICERS = "too_few_officers"
    NO_EXHIBIT = "no_exhibit"
    NO_CONFIRMATION_EXHIBIT = "no_confirmation_exhibit"
    ENFORCEMENT_UNFINISHED = "enforcement_unfinished"
    STEP_UNRECORDED = "step_unrecorded"
    COVERAGE_UNEXPLAINED = "coverage_unexplained"
    RECORDING_OPEN = "recording_open"
    RECORDING_UNSEALED = "recording_unsealed"
    RECORDING_GONE = "recording_gone"
    EXHIBIT_OUTSIDE = "exhibit_outside"


@dataclass(frozen=True, slots=True)
class Lack:
    """`about`: the id of an enforcement, recording or exhibit, or empty; `detail`: a step's code, or empty."""

    code: LackCode
    about: str = ""
    detail: str = ""


def lacks(
    file: File, enforcements: Mapping[str, EnforcementFacts], recordings: Mapping[str, RecordingFacts]
) -> tuple[Lack, ...]:
    """
    `recordings`: those that are linked, and those of linked enforcements. What is linked and has no facts is gone.

    In the order in which people mend it: the case itself, its enforcements, its recordings, its exhibits.
    """
    found = [*_of_the_case(file), *_of_enforcements(file, enforcements)]
    found += _of_recordings(file, recordings)
    found += _of_exhibits(file, enforcements, recordings)
    return tuple(found)


def _of_the_case(file: File) -> Iterator[Lack]:
    case = file.case
    if len(case.officers) < OFFICERS_AT_LEAST:
        yield Lack(LackCode.TOO_FEW_OFFICERS)
    if case.decided_on is None:
        yield Lack(LackCode.NO_DECISION_DATE)
    elif case.decided_on < case.filed_on:
        yield Lack(LackCode.DECIDED_BEFORE_FILED)
    if not file.linked(Thing.ENFORCEMENT):
        yield Lack(LackCode.NO_ENFORCEMENT)


def _of_enforcements(file: File, enforcements: Mapping[str, EnforcementFacts]) -> Iterator[Lack]:
    for one in file.linked(Thing.ENFORCEMENT):
        if (facts := enforcements.get(one)) is None:
            continue
        if not facts.is_finished:
            yield Lack(LackCode.ENFORCEMENT_UNFINISHED, one)
        yield from (Lack(LackCode.STEP_UNRECORDED, one, step) for step in facts.unrecorded)
        if facts.unexplained_us > 0:
            yield Lack(LackCode.COVERAGE_UNEXPLAINED, one)


def _of_recordings(file: File, recordings: Mapping[str, RecordingFacts]) -> Iterator[Lack]:
    linked = file.linked(Thing.RECORDING)
    if not linked and not recordings:
        yield Lack(LackCode.NO_RECORDING)
    for one in [*linked, *(one for one in recordings if one not in linked)]:
        match recordings[one].state if one in recordings else "purged":
            case "purged":
                yield Lack(LackCode.RECORDING_GONE, one)
            case "open":
                yield Lack(LackCode.RECORDING_OPEN, one)
            case "closed":
                yield Lack(LackCode.RECORDING_UNSEALED, one)


def _of_exhibits(
    file: File, enforcements: Mapping[str, EnforcementFacts], recordings: Mapping[str, RecordingFacts]
) -> Iterator[Lack]:
    exhibits = file.standing_exhibits()
    if not exhibits:
        yield Lack(LackCode.NO_EXHIBIT)
    yield from (Lack(LackCode.EXHIBIT_OUTSIDE, one.id) for one in exhibits if _is_outside(one, recordings))
    wanted = any(enforcements[one].has_confirmation for one in file.linked(Thing.ENFORCEMENT) if one in enforcements)
    shown = any(one.recording_id in recordings and recordings[one.recording_id].confirms for one in exhibits)
    if wanted and not shown:
        yield Lack(LackCode.NO_CONFIRMATION_EXHIBIT)


def _is_outside(exhibit: Exhibit, recordings: Mapping[str, RecordingFacts]) -> bool:
    """Whether its time is not wholly within its recording. Of a recording that is gone it is not known."""
    if (facts := recordings.get(exhibit.recording_id)) is None or facts.state == "open":
        return False
    begin = exhibit.from_utc_us if exhibit.from_utc_us is not None else facts.begun_utc_us
    end = exhibit.to_utc_us if exhibit.to_utc_us is not None else facts.ended_utc_us
    return begin < facts.begun_utc_us or end > facts.ended_utc_us
