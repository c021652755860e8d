"""What a person may put on a destruction list now: looked for from the oldest on, a bounded part at a time."""

from dataclasses import dataclass

from dispatch_server.archive.model import Recording
from dispatch_server.archive.retention.destructions import LEAST_AGE_US, DestructionService
from dispatch_server.archive.retention.keeping import Kept
from dispatch_server.archive.retention.list_store import AT_ONCE
from dispatch_server.kit.scope import Scope, is_within

MOST_LOOKS = 4  # of AT_ONCE recordings each, for one question


@dataclass(frozen=True, slots=True)
class Due:
    """`after`: where to go on; None when everything was looked at."""

    found: list[tuple[Recording, Kept]]
    after: str | None


async def look_for_due(service: DestructionService, scope: Scope, department: str, after: str, limit: int) -> Due:
    """In the department with all below it. Raises ClockDoubted: by a clock that is not believed nothing is due."""
    service.ask_clock()
    found: list[tuple[Recording, Kept]] = []
    at, before = _place(after), service.world.utc_us() - LEAST_AGE_US
    for _ in range(MOST_LOOKS):
        some = await service.store.sealed_before(before, at, AT_ONCE)
        seen = [one for one in some if scope.covers(one.card.department) and is_within(one.card.department, department)]
        kept = await service.keeping.of(seen)
        for recording in seen:
            if service.why_not_by(recording, kept[recording.card.id]):
                continue
            found.append((recording, kept[recording.card.id]))
            if len(found) == limit:
                return Due(found, _words(recording))
        if len(some) < AT_ONCE:
            return Due(found, None)
        at = (some[-1].card.opened_utc_us, some[-1].card.id)
    return Due(found, f"{at[0]}.{at[1]}")


def _place(after: str) -> tuple[int, str]:
    opened, _, identity = after.partition(".")
    return (int(opened), identity) if opened else (-1, "")


def _words(recording: Recording) -> str:
    return f"{recording.card.opened_utc_us}.{recording.card.id}"
