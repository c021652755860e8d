"""What happened in enforcements, as a timeline shows it: steps, marks, pauses, and what the centre said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from dispatch_server.archive.coverage import messages as m
from dispatch_server.archive.coverage.model import Span
from dispatch_server.archive.coverage.ports import EnforcementPort, GuidancePort

Stretch = TypeVar("Stretch", m.StepShown, m.PauseShown)


@dataclass(slots=True)
class Happenings:
    steps: list[m.StepShown] = field(default_factory=list)
    marks: list[m.WordsShown] = field(default_factory=list)
    pauses: list[m.PauseShown] = field(default_factory=list)
    guidance: list[m.WordsShown] = field(default_factory=list)


async def happenings_of(
    enforcements: EnforcementPort, guidance: GuidancePort, ids: Sequence[str], within: Span | None = None
) -> Happenings:
    """By time. `within`: only what lies in that stretch, cut to it. Raises what is Absent."""
    found = Happenings()
    for one in ids:
        found.steps += [
            m.StepShown(step=step.step, from_utc_us=step.begun_utc_us, to_utc_us=step.ended_utc_us)
            for step in await enforcements.steps_of(one)
        ]
        found.marks += [
            m.WordsShown(utc_us=mark.utc_us, text=mark.text, important=mark.important, by=mark.by)
            for mark in await enforcements.marks_of(one)
        ]
        found.pauses += [
            m.PauseShown(from_utc_us=pause.from_utc_us, to_utc_us=pause.to_utc_us, reason=pause.reason)
            for pause in await enforcements.pauses_of(one)
        ]
        found.guidance += [
            m.WordsShown(utc_us=said.utc_us, text=said.text, important=False, by=said.by)
            for said in await guidance.said(one)
        ]
    return found if within is None else _cut(found, within)


def _cut(found: Happenings, within: Span) -> Happenings:
    begin, end = within.from_utc_us, within.to_utc_us

    def words(those: list[m.WordsShown]) -> list[m.WordsShown]:
        return sorted((one for one in those if begin <= one.utc_us <= end), key=lambda one: one.utc_us)

    return Happenings(
        steps=_stretches(found.steps, within),
        marks=words(found.marks),
        pauses=_stretches(found.pauses, within),
        guidance=words(found.guidance),
    )


def _stretches(those: list[Stretch], within: Span) -> list[Stretch]:
    """What has no end yet has none here, either."""
    begin, end = within.from_utc_us, within.to_utc_us
    inside = [one for one in those if one.from_utc_us <= end and (one.to_utc_us is None or one.to_utc_us >= begin)]
    cut = [
        one.model_copy(
            update={
                "from_utc_us": max(begin, one.from_utc_us),
                "to_utc_us": None if one.to_utc_us is None else min(end, one.to_utc_us),
            }
        )
        for one in inside
    ]
    return sorted(cut, key=lambda one: one.from_utc_us)
