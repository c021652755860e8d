"""Each lack is told when it is there and not when it is not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from dispatch_server.cases.facts import EnforcementFacts, RecordingFacts
from dispatch_server.cases.lacks import Lack, LackCode, lacks
from dispatch_server.cases.model import File, Thing
from tests.unit.cases.files import NOW, case, exhibit, link

RECORDING = RecordingFacts("r", "13", "sealed", NOW, NOW + 60, confirms=True)
ENFORCEMENT = EnforcementFacts("e", "13", True, has_confirmation=True)
WHOLE = File(case(), (link(Thing.ENFORCEMENT, "e"), link(Thing.RECORDING, "r")), (exhibit("r", NOW, NOW + 60),))
RECORDINGS, ENFORCEMENTS = (RECORDING,), (ENFORCEMENT,)


def found(
    file: File = WHOLE,
    enforcements: Sequence[EnforcementFacts] = ENFORCEMENTS,
    recordings: Sequence[RecordingFacts] = RECORDINGS,
) -> list[Lack]:
    return list(lacks(file, {one.id: one for one in enforcements}, {one.id: one for one in recordings}))


def test_a_whole_file_lacks_nothing() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (replace(WHOLE, case=case(officers=("执-1",))), LackCode.TOO_FEW_OFFICERS),
        (replace(WHOLE, case=case(decided_on=None)), LackCode.NO_DECISION_DATE),
        (replace(WHOLE, case=case(decided_on=date(2026, 8, 1))), LackCode.DECIDED_BEFORE_FILED),
        (replace(WHOLE, links=WHOLE.links[1:]), LackCode.NO_ENFORCEMENT),
        (replace(WHOLE, links=(replace(WHOLE.links[0], withdrawn_utc_us=1), WHOLE.links[1])), LackCode.NO_ENFORCEMENT),
    ],
)
def test_the_case_itself(file: File, code: LackCode) -> None:
    assert found(file) == [Lack(code)]


def test_an_enforcement_that_is_not_done_or_not_on_record() -> None:
    poor = replace(ENFORCEMENT, is_finished=False, unrecorded=("inform", "sign"), unexplained_us=1)
    assert found(enforcements=[poor]) == [
        Lack(LackCode.ENFORCEMENT_UNFINISHED, "e"),
        Lack(LackCode.STEP_UNRECORDED, "e", "inform"),
        Lack(LackCode.STEP_UNRECORDED, "e", "sign"),
        Lack(LackCode.COVERAGE_UNEXPLAINED, "e"),
    ]


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("open", LackCode.RECORDING_OPEN),
        ("closed", LackCode.RECORDING_UNSEALED),
        ("purged", LackCode.RECORDING_GONE),
    ],
)
def test_a_recording_that_is_not_whole(state: str, code: LackCode) -> None:
    assert found(recordings=[replace(RECORDING, state=state)]) == [Lack(code, "r")]
    assert found(recordings=[replace(RECORDING, state="held")]) == []


def test_a_recording_that_nobody_knows_is_gone() -> None:
    assert Lack(LackCode.RECORDING_GONE, "r") in found(recordings=[])


def test_recordings_of_linked_enforcements_count_as_well() -> None:
    only = replace(WHOLE, links=WHOLE.links[:1])
    assert found(only) == []
    other = RecordingFacts("r2", "13", "closed", NOW, NOW + 60)
    assert found(only, recordings=[RECORDING, other]) == [Lack(LackCode.RECORDING_UNSEALED, "r2")]
    assert Lack(LackCode.NO_RECORDING) in found(replace(only, exhibits=()), recordings=[])


def test_exhibits() -> None:
    assert found(replace(WHOLE, exhibits=())) == [Lack(LackCode.NO_EXHIBIT), Lack(LackCode.NO_CONFIRMATION_EXHIBIT)]
    outside = replace(WHOLE, exhibits=(exhibit("r", NOW, NOW + 61),))
    assert found(outside) == [Lack(LackCode.EXHIBIT_OUTSIDE, "x-r")]
    assert found(recordings=[replace(RECORDING, confirms=False)]) == [Lack(LackCode.NO_CONFIRMATION_EXHIBIT)]
    no_need = [replace(ENFORCEMENT, has_confirmation=False)]
    assert found(enforcements=no_need, recordings=[replace(RECORDING, confirms=False)]) == []
