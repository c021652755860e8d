"""Keeps the ledger of coverage true: computes what changed, and every few seconds what is under way."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from dispatch_server.archive.coverage import coverage
from dispatch_server.archive.coverage.coverage import Kept, judge
from dispatch_server.archive.coverage.index_spans import SegmentSpans, ends_of
from dispatch_server.archive.coverage.model import ANY, Absence, Coverage, CoverageChanged, Link, Span
from dispatch_server.archive.coverage.ports import BusPort, EnforcementFacts, EnforcementPort, PauseFacts
from dispatch_server.archive.coverage.shelf import Shelf, is_master
from dispatch_server.archive.coverage.store import CoverageStore
from dispatch_server.archive.model import Recording
from dispatch_server.archive.ports import WorldPort
from dispatch_server.kit.errors import Absent, DispatchError
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import COUNTY, Scope

MICROSECONDS = 1_000_000
DAY_US = 86_400 * MICROSECONDS
LATE_US = 30 * MICROSECONDS  # between the time of a receipt and the moment at which others see it


@dataclass(frozen=True, slots=True)
class CoverageLimits:
    turn_s: float = 5.0  # how soon what changed is computed
    under_way_s: float = 20.0  # what is under way; the issue asks for 30
    again_s: float = 600.0  # what ended lately, for what a lost event did not tell
    lately_us: int = 2 * DAY_US
    waiting: int = 10_000  # enforcements that are to be computed
    of_a_turn: int = 200


@dataclass(slots=True)
class CoverageService:
    """Lives on the loop; `run` goes on beside. What was dropped or lost in a crash, `again_s` brings back."""

    enforcements: EnforcementPort
    store: CoverageStore
    shelf: Shelf
    bus: BusPort
    world: WorldPort
    report: Callable[[str, BaseException], None]
    limits: CoverageLimits = CoverageLimits()
    _waiting: dict[str, None] = field(default_factory=dict)
    _looked: float | None = None
    _swept: float | None = None
    _backfilled: int | None = None  # what was receipted until then is computed, or waits to be
    dropped: int = 0
    computed: int = 0

    # What is asked.

    async def recordings_of(self, enforcement_id: str, scope: Scope) -> list[Link]:
        """Those that the scope covers. Raises what the enforcements' room raises for one that is not there."""
        await self.enforcements.find(enforcement_id, scope)
        return await self.store.links_of(enforcement_id, scope)

    async def enforcements_of(self, recording_id: str) -> list[str]:
        return await self.store.enforcements_of(recording_id)

    async def coverage_of(self, enforcement_id: str) -> list[Coverage]:
        """One for each terminal, and one for ANY, as last computed; empty before the first time."""
        return await self.store.coverage_of(enforcement_id)

    async def lacking(self, source: str, begin: int, end: int) -> list[Span]:
        """What of a stretch the server has neither live nor from a master."""
        found = await self.shelf.recordings_in(source, begin, end)
        spans = await self.shelf.spans_of(found)
        return coverage.lacking((span for one in spans.values() for of in one for span in of.spans), begin, end)

    # What is told.

    def enforcement_changed(self, enforcement_id: str) -> None:
        if len(self._waiting) >= self.limits.waiting:
            self.dropped += 1
            return
        self._waiting[enforcement_id] = None

    async def recording_changed(self, recording_id: str) -> None:
        """It was closed, or segments of it were backfilled."""
        held = self.shelf.held(recording_id)
        recording = held.recording if held is not None else await self.shelf.rows.find(recording_id)
        if recording is None:
            return
        card = recording.card
        wanted = set(await self.store.enforcements_of(recording_id))
        wanted |= set(await self.store.enforcements_at(card.source, card.opened_utc_us, recording.ended_utc_us))
        now = self.enforcements.under_way().get(card.source)
        for one in (*wanted, card.enforcement, now.id if now is not None else ""):
            if one:
                self.enforcement_changed(one)

    # What goes on.

    async def run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(self.limits.turn_s)

    async def turn(self) -> None:
        now = self.world.monotonic()
        try:
            if self._swept is None or now - self._swept >= self.limits.again_s:
                self._swept = now
                await self._sweep()
            if self._looked is None or now - self._looked >= self.limits.under_way_s:
                self._looked = now
                for one in {one.id for one in self.enforcements.under_way().values()}:
                    self.enforcement_changed(one)
                await self._look_for_backfill()
        except DispatchError as error:
            self.report("looking for changed enforcements", error)
        for enforcement_id in list(self._waiting)[: self.limits.of_a_turn]:
            del self._waiting[enforcement_id]
            try:
                await self.compute(enforcement_id)
            except Absent:
                continue
            except DispatchError as error:
                self.report(f"coverage of {enforcement_id}", error)
                self.enforcement_changed(enforcement_id)

    async def _look_for_backfill(self) -> None:
        """
        What a card brought was told to nobody here: it is imported by another program, perhaps while this one was
        down, and may be of any time. The receipts in the database say it.
        """
        now, most = self.world.utc_us(), self.limits.waiting // 2
        since = self._backfilled
        if since is None:
            since = min(now - self.limits.lately_us, await self.store.last_computed())
        found = await self.store.backfilled_since(since - LATE_US, most)
        for recording_id, _ in found:
            await self.recording_changed(recording_id)
        self._backfilled = max(since, found[-1][1] + LATE_US) if len(found) == most else now

    async def _sweep(self) -> None:
        since = self.world.utc_us() - self.limits.lately_us
        known = await self.store.recent(since, self.limits.waiting // 2)
        changed = await self.enforcements.changed_since(since, self.limits.waiting // 2)
        for one in (*known, *(one.id for one in changed)):
            self.enforcement_changed(one)

    async def compute(self, enforcement_id: str) -> list[Coverage]:
        """Of one enforcement from its beginning to its end, or to now. Raises Absent."""
        enforcement = await self.enforcements.find(enforcement_id, COUNTY)
        if enforcement.begun_utc_us is None:
            return []
        now = self.world.utc_us()
        begin, end = enforcement.begun_utc_us, enforcement.finished_utc_us or now
        pauses = [_stated(one, end) for one in await self.enforcements.pauses_of(enforcement_id)]
        masters = await self.store.masters_of(enforcement_id)
        linked: list[Link] = []
        of_terminals: dict[str, Kept] = {}
        for source in enforcement.terminals:
            found = await self.shelf.recordings_in(source, begin, end)
            ids = {one.card.id for one in found}
            found += [one for one in masters if one.card.source == source and one.card.id not in ids]
            found = [one for one in found if not is_master(one) or one.card.enforcement in ("", enforcement_id)]
            linked += [_link(enforcement_id, one) for one in found]
            of_terminals[source] = _kept(found, await self.shelf.spans_of(found), pauses, end)
        # An empty list of terminals is still an enforcement of which nothing is kept.
        kept = {**of_terminals, ANY: _together(of_terminals.values(), pauses)}
        results = [
            replace(judge(enforcement_id, enforcement.department, source, begin, end, one), computed_utc_us=now)
            for source, one in kept.items()
        ]
        await self._save(enforcement, results, linked)
        return results

    async def _save(self, enforcement: EnforcementFacts, results: list[Coverage], linked: list[Link]) -> None:
        before = {one.source: one for one in await self.store.coverage_of(enforcement.id)}
        known = await self.store.links_of(enforcement.id)
        self.computed += 1
        same = {source: replace(one, computed_utc_us=0) for source, one in before.items()}
        if same == {one.source: replace(one, computed_utc_us=0) for one in results} and known == sorted(
            linked, key=lambda one: one.recording_id
        ):
            return
        await self.store.save(results, linked)
        whole = next(one for one in results if one.source == ANY)
        was = before.get(ANY)
        if was is None or (was.per_mille, was.missing_us) != (whole.per_mille, whole.missing_us):
            now = self.world.utc_us()
            self.bus.publish(
                CoverageChanged(
                    identity=uuid7(now // 1000, self.world.chance(RANDOM_BYTES)),
                    utc_us=now,
                    enforcement_id=enforcement.id,
                    department=enforcement.department,
                    per_mille=whole.per_mille,
                    missing_us=whole.missing_us,
                )
            )


def _stated(pause: PauseFacts, end: int) -> Absence:
    return Absence(pause.from_utc_us, end if pause.to_utc_us is None else pause.to_utc_us, pause.reason)


def _link(enforcement_id: str, recording: Recording) -> Link:
    card = recording.card
    return Link(enforcement_id, card.id, card.source, str(card.origin), card.department)


def _kept(found: list[Recording], spans: dict[str, list[SegmentSpans]], pauses: list[Absence], end: int) -> Kept:
    """Why nothing was kept: the master's own gaps say more than the server's, and those more than how one ended."""
    masters = [one for one in found if is_master(one)]
    live = [one for one in found if not is_master(one)]

    def all_spans(of: list[Recording]) -> list[Span]:
        return [span for one in of for segment in spans[one.card.id] for span in segment.spans]

    def all_gaps(of: list[Recording]) -> list[Absence]:
        return [gap for one in of for segment in spans[one.card.id] for gap in segment.gaps]

    ended = [(one.ended_utc_us, one.reason) for one in live if one.closed_utc_us is not None]
    return Kept(
        live=all_spans(live),
        masters=all_spans(masters),
        pauses=pauses,
        gaps=(all_gaps(masters), all_gaps(live), ends_of(ended, end)),
    )


def _together(of_terminals: Iterable[Kept], pauses: list[Absence]) -> Kept:
    every = list(of_terminals)
    return Kept(
        live=[span for one in every for span in one.live],
        masters=[span for one in every for span in one.masters],
        pauses=pauses,
        gaps=[[gap for one in every for gap in one.gaps[place]] for place in range(3)],
    )
