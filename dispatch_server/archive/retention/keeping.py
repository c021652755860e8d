"""Says of recordings how long each is kept, out of everything that is known of them now."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.archive.model import Recording
from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.retention.policies import Policies
from dispatch_server.archive.retention.policy import Facts, Keep, keep_of
from dispatch_server.archive.retention.ports import LinksPort


@dataclass(frozen=True, slots=True)
class Kept:
    keep: Keep
    holds: tuple[str, ...]
    cases: tuple[str, ...]
    exported: bool  # an export of it is under way

    def why_not(self, utc_us: int) -> str:
        """Why it may not be destroyed now; empty when it may."""
        if self.holds:
            return "it is held"
        if self.exported:
            return "an export of it is under way"
        if self.keep.over(utc_us):
            return ""
        if self.cases:
            return f"it is linked to a case ({self.keep.rule})"
        until = self.keep.until_utc_us
        return f"it is kept {'without end' if until is None else 'for longer'} ({self.keep.rule})"


@dataclass(slots=True)
class Keeping:
    """`links` may fail: then the question stays open, and whoever asked destroys nothing."""

    links: LinksPort
    store: HoldStore
    policies: Policies

    async def of(self, recordings: Sequence[Recording]) -> dict[str, Kept]:
        ids = [one.card.id for one in recordings]
        held = {one: list(by) for one, by in (await self.store.holding(ids)).items()}
        kinds, steps = await self.links.kinds_of(ids), await self.links.steps_of(ids)
        classes, cases = await self.links.classes_of(ids), await self.links.cases_of(ids)
        # A device's clock may stand years back: what comes in today is not over today.
        came_in = await self.store.came_in(ids)
        exported = set(await self.links.exported_now(ids))
        # What came into a held case a moment ago is held, though nobody has entered it yet.
        whole = await self.store.over_cases({case.case_id for those in cases.values() for case in those})
        for one in ids:
            of = {case.case_id for case in cases.get(one, ())}
            found_by = held.setdefault(one, [])
            found_by += [hold.id for hold in whole if hold.case_id in of and hold.id not in found_by]
        found = {}
        for recording in recordings:
            identity = recording.card.id
            facts = Facts(
                recording.card.department,
                max(recording.ended_utc_us, recording.closed_utc_us or 0, came_in.get(identity, 0)),
                frozenset(kinds.get(identity, ())),
                frozenset(steps.get(identity, ())),
                frozenset(classes.get(identity, ())),
                tuple(cases.get(identity, ())),
                tuple(held[identity]),
            )
            keep = keep_of(facts, self.policies.current)
            linked = tuple(case.case_id for case in facts.cases)
            found[identity] = Kept(keep, facts.holds, linked, identity in exported)
        return found
