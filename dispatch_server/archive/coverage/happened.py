"""What happened in an enforcement by the wall clock: steps, marks, pauses, words of guidance."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.archive.coverage import messages as m
from dispatch_server.archive.coverage.model import Span
from dispatch_server.archive.coverage.ports import EnforcementPort, GuidancePort


@dataclass(frozen=True, slots=True)
class Happened:
    steps: tuple[m.StepShown, ...] = ()
    marks: tuple[m.WordsShown, ...] = ()
    pauses: tuple[m.PauseShown, ...] = ()
    guidance: tuple[m.WordsShown, ...] = ()

    def within(self, span: Span) -> "Happened":
        """What touches it; what goes on before or after keeps its own ends."""
        return Happened(
            tuple(one for one in self.steps if _touches(one, span)),
            tuple(one for one in self.marks if span.from_utc_us <= one.utc_us < span.to_utc_us),
            tuple(one for one in self.pauses if _touches(one, span)),
            tuple(one for one in self.guidance if span.from_utc_us <= one.utc_us < span.to_utc_us),
        )


def together(parts: Sequence[Happened]) -> Happened:
    return Happened(
        tuple(one for part in parts for one in part.steps),
        tuple(one for part in parts for one in part.marks),
        tuple(one for part in parts for one in part.pauses),
        tuple(one for part in parts for one in part.guidance),
    )


async def happened_in(enforcements: EnforcementPort, guidance: GuidancePort, enforcement_id: str) -> Happened:
    """The caller has looked whether it may be seen."""
    return Happened(
        steps=tuple(
            m.StepShown(step=one.step, from_utc_us=one.begun_utc_us, to_utc_us=one.ended_utc_us)
            for one in await enforcements.steps_of(enforcement_id)
        ),
        marks=tuple(
            m.WordsShown(utc_us=one.utc_us, text=one.text, important=one.important, by=one.by)
            for one in await enforcements.marks_of(enforcement_id)
        ),
        pauses=tuple(
            m.PauseShown(from_utc_us=one.from_utc_us, to_utc_us=one.to_utc_us, reason=one.reason)
            for one in await enforcements.pauses_of(enforcement_id)
        ),
        guidance=tuple(
            m.WordsShown(utc_us=one.utc_us, text=one.text, important=False, by=one.by)
            for one in await guidance.said(enforcement_id)
        ),
    )


def _touches(one: m.StepShown | m.PauseShown, span: Span) -> bool:
    ends_before = one.to_utc_us is not None and one.to_utc_us <= span.from_utc_us
    return one.from_utc_us < span.to_utc_us and not ends_before
