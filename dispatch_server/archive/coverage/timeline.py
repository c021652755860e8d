"""One timeline of an enforcement or a recording: who kept what, which of it plays, what happened, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.coverage import messages as m
from dispatch_server.archive.coverage.coverage import JOIN_US, clipped, lacking, union
from dispatch_server.archive.coverage.happened import Happened, happened_in, together
from dispatch_server.archive.coverage.index_spans import SegmentSpans
from dispatch_server.archive.coverage.joint import Listed, choose, joint_playlist, pieces_in, without_copies
from dispatch_server.archive.coverage.model import ANY, Coverage, Note, Span
from dispatch_server.archive.coverage.notes import Notes
from dispatch_server.archive.coverage.ports import GuidancePort
from dispatch_server.archive.coverage.service import CoverageService
from dispatch_server.archive.coverage.shelf import Shelf, is_master
from dispatch_server.archive.derivatives.model import Derivative
from dispatch_server.archive.derivatives.store import DerivativeStore
from dispatch_server.archive.model import Recording, State
from dispatch_server.kit.errors import Absent
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.threads import Kind

MOST_GAPS = 5_000  # of one source
MOST_MADE = 500  # clips, stills and copies, the newest
MOST_SHOWN = 10  # enforcements that one recording shows


class SourceUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("source_unknown", "That terminal has no part in it.")


@dataclass(frozen=True, slots=True)
class Asker:
    """`made`: of which departments they may know what was made from recordings."""

    person_id: str
    scope: Scope
    made: Scope


@dataclass(frozen=True, slots=True)
class Timelines:
    service: CoverageService
    shelf: Shelf
    catalog: Catalog
    notes: Notes
    guidance: GuidancePort
    made: DerivativeStore

    async def of_enforcement(self, enforcement_id: str, asker: Asker) -> m.Timeline:
        """Raises what is Absent. Recordings that the scope does not cover are left out, their seconds are not."""
        service = self.service
        enforcement = await service.enforcements.find(enforcement_id, asker.scope)
        now = service.world.utc_us()
        begin, end = enforcement.begun_utc_us or now, enforcement.finished_utc_us or now
        known = {one.source: one for one in await service.coverage_of(enforcement_id)}
        visible = await self._recordings(enforcement_id, asker.scope)
        spans = await self.shelf.spans_of(visible)
        sources = []
        for source in enforcement.terminals:
            of_source = [one for one in visible if one.card.source == source]
            url = f"/api/v1/enforcements/{enforcement_id}/sources/{source}/playlist.m3u8"
            sources.append(await self._source(source, of_source, spans, Span(begin, end), known.get(source), url))
        happened = await happened_in(service.enforcements, self.guidance, enforcement_id)
        coverage = _coverage(known[ANY]) if ANY in known else None
        return await self._shown(Span(begin, end), [enforcement_id], sources, coverage, happened, asker)

    async def of_recording(self, recording_id: str, asker: Asker) -> m.Timeline:
        """With what happened meanwhile in the enforcements that it shows. Raises what is Absent."""
        recording = await self.catalog.find(recording_id, asker.scope)
        now = self.service.world.utc_us()
        span = Span(recording.card.opened_utc_us, _end_of(recording, now))
        spans = await self.shelf.spans_of([recording])
        source = await self._source(recording.card.source, [recording], spans, span, None, None)
        shown = await self._enforcements_of(recording, asker.scope)
        happened = [await happened_in(self.service.enforcements, self.guidance, one) for one in shown[:MOST_SHOWN]]
        return await self._shown(span, shown, [source], None, together(happened).within(span), asker)

    async def _shown(
        self,
        span: Span,
        enforcement_ids: list[str],
        sources: list[m.TimelineSource],
        coverage: m.CoverageEntry | None,
        happened: Happened,
        asker: Asker,
    ) -> m.Timeline:
        ids = [one.recording_id for source in sources for one in source.recordings]
        made = await self.made.of_recordings(ids, asker.made, MOST_MADE) if asker.made else []
        return m.Timeline(
            from_utc_us=span.from_utc_us,
            to_utc_us=max(span.from_utc_us, span.to_utc_us),
            server_utc_us=self.service.world.utc_us(),
            enforcement_ids=enforcement_ids,
            sources=sources,
            coverage=coverage,
            steps=list(happened.steps),
            marks=list(happened.marks),
            pauses=list(happened.pauses),
            notes=[note_entry(one, asker.person_id) for one in await self.notes.of_all(ids)],
            guidance=list(happened.guidance),
            made=[made_entry(one) for one in made],
        )

    async def coverage_of(self, enforcement_id: str, scope: Scope) -> m.EnforcementCoverage:
        """As last computed, and nothing else is read. Raises what is Absent."""
        service = self.service
        enforcement = await service.enforcements.find(enforcement_id, scope)
        known = {one.source: one for one in await service.coverage_of(enforcement_id)}
        return m.EnforcementCoverage(
            server_utc_us=service.world.utc_us(),
            coverage=_coverage(known[ANY]) if ANY in known else None,
            sources=[_coverage(known[source]) for source in enforcement.terminals if source in known],
        )

    async def playlist(self, enforcement_id: str, source: str, scope: Scope) -> str:
        """
        All of one terminal as one list. While it is under way only the server's own: a list that grows may not change
        what it said, and masters come in any order. Raises what is Absent.
        """
        enforcement = await self.service.enforcements.find(enforcement_id, scope)
        if source not in enforcement.terminals:
            raise SourceUnknown
        ended = enforcement.finished_utc_us is not None
        begin, end = enforcement.begun_utc_us or 0, enforcement.finished_utc_us or self.service.world.utc_us()
        of_source = [one for one in await self._recordings(enforcement_id, scope) if one.card.source == source]
        masters: list[Listed] = []
        live: list[Listed] = []
        layers = {one.card.layer for one in of_source if not is_master(one)}
        for one in of_source:
            if is_master(one) and ended:
                masters += await self.shelf.listed_in(one, Span(begin, end))
            elif not is_master(one) and (ended or one.card.layer == "main" or "main" not in layers):
                live += await self.shelf.listed_in(one, Span(begin, end))
        # A day of several terminals is tens of thousands of parts: not on the loop.
        return await self.shelf.threads.run(Kind.GENERAL, _list_of, masters, live, Span(begin, end), ended)

    async def _recordings(self, enforcement_id: str, scope: Scope) -> list[Recording]:
        """By their ids."""
        ids = [link.recording_id for link in await self.service.store.links_of(enforcement_id, scope)]
        held = {one: open_one.recording for one in ids if (open_one := self.shelf.held(one)) is not None}
        found = held | await self.shelf.rows.find_all([one for one in ids if one not in held], scope)
        return [found[one] for one in ids if one in found]

    async def _enforcements_of(self, recording: Recording, scope: Scope) -> list[str]:
        """Enforcements, in the order of their opening."""
        card = recording.card
        found = []
        for one in sorted({*await self.service.enforcements_of(card.id), card.enforcement} - {""}):
            try:
                found.append((await self.service.enforcements.find(one, scope)).id)
            except Absent:
                continue
        return found

    async def _source(
        self,
        source: str,
        of: Sequence[Recording],
        spans: dict[str, list[SegmentSpans]],
        within: Span,
        known: Coverage | None,
        url: str | None,
    ) -> m.TimelineSource:
        ids = [one.card.id for one in of]
        gaps = [
            m.GapShown(recording_id=one, from_utc_us=gap.from_utc_us, to_utc_us=gap.to_utc_us, reason=gap.reason)
            for one in ids
            for segment in spans[one]
            for gap in segment.gaps
        ]
        faults = await self.service.store.faults_of(ids)
        return m.TimelineSource(
            source=source,
            terminal_name=self.catalog.names.terminal_name(source),
            playlist_url=url,
            recordings=[await self._recording(one, within.to_utc_us) for one in of],
            plays=_plays(of, spans, within),
            coverage=_coverage(known) if known is not None else None,
            gaps=gaps[:MOST_GAPS],
            picture_faults=[
                m.FaultShown(recording_id=one.recording_id, utc_us=one.utc_us, marks=list(one.marks)) for one in faults
            ],
        )

    async def _recording(self, recording: Recording, end: int) -> m.TimelineRecording:
        card = recording.card
        return m.TimelineRecording(
            recording_id=card.id,
            origin="terminal" if is_master(recording) else "server",
            layer=card.layer,
            open=recording.state is State.OPEN,
            from_utc_us=card.opened_utc_us,
            to_utc_us=_end_of(recording, end),
            segments=[
                m.TimelineSegment(
                    number=one.number,
                    from_utc_us=one.utc_us,
                    to_utc_us=one.utc_us + one.duration_us,
                    picture=bool(one.video),
                )
                for one in await self.shelf.segments_of(card.id)
            ],
        )


def _list_of(masters: Sequence[Listed], live: Sequence[Listed], within: Span, ended: bool) -> str:
    preferred, others = without_copies(pieces_in(masters)), without_copies(pieces_in(live))
    chosen = choose(preferred, others, within.from_utc_us, within.to_utc_us)
    return joint_playlist(chosen, ended)


def _end_of(recording: Recording, now: int) -> int:
    return now if recording.state is State.OPEN else recording.ended_utc_us


def _plays(of: Sequence[Recording], spans: dict[str, list[SegmentSpans]], within: Span) -> list[m.PlayedStretch]:
    """The master where there is one, the server's elsewhere."""
    masters = [s for one in of if is_master(one) for segment in spans[one.card.id] for s in segment.spans]
    live = [s for one in of if not is_master(one) for segment in spans[one.card.id] for s in segment.spans]
    played = [("terminal", one) for one in clipped(union(masters, JOIN_US), within.from_utc_us, within.to_utc_us)]
    for one in clipped(union(live, JOIN_US), within.from_utc_us, within.to_utc_us):
        played += [("server", rest) for rest in lacking(masters, one.from_utc_us, one.to_utc_us)]
    return [
        m.PlayedStretch.model_validate({"from_utc_us": one.from_utc_us, "to_utc_us": one.to_utc_us, "origin": origin})
        for origin, one in sorted(played, key=lambda pair: pair[1].from_utc_us)
    ]


def _coverage(one: Coverage) -> m.CoverageEntry:
    return m.CoverageEntry(
        source=one.source,
        per_mille=one.per_mille,
        missing_us=one.missing_us,
        stated_us=one.stated_us,
        joined_us=one.joined_us,
        computed_utc_us=one.computed_utc_us,
        runs=[
            m.RunEntry(
                from_utc_us=run.from_utc_us,
                to_utc_us=run.to_utc_us,
                kind=run.kind.value,
                reason=run.reason,
                stated=run.stated,
            )
            for run in one.runs
        ],
    )


def made_entry(one: Derivative) -> m.MadeShown:
    return m.MadeShown(
        derivative_id=one.id,
        recording_id=one.recording_id,
        kind=one.kind.value,
        from_utc_us=one.from_utc_us or one.asked_from_utc_us,
        to_utc_us=one.to_utc_us or one.asked_to_utc_us,
        made_name=one.made_name,
        made_utc_us=one.made_utc_us,
    )


def note_entry(note: Note, person_id: str) -> m.NoteEntry:
    return m.NoteEntry(
        note_id=note.id,
        recording_id=note.recording_id,
        utc_us=note.utc_us,
        text=note.text,
        important=note.important,
        by_name=note.by_name,
        mine=note.by_id == person_id,
        made_utc_us=note.made_utc_us,
        withdrawn_utc_us=note.withdrawn_utc_us,
        withdrawn_reason=note.withdrawn_reason,
    )
