"""Which recordings show which enforcements: by the ledger of coverage, and by what a terminal's master says itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, union

from dispatch_server.archive.coverage.tables import links
from dispatch_server.archive.store import recordings
from dispatch_server.runtime.database import Database

AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Shown:
    database: Database

    async def enforcements_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """By recording, in the order of their ids, which is that of their opening."""
        found: dict[str, list[str]] = {}
        async with self.database.reading() as connection:
            for some in portions(recording_ids):
                own = select(recordings.c.id, recordings.c.enforcement_id).where(
                    recordings.c.id.in_(some), recordings.c.enforcement_id != ""
                )
                linked = select(links.c.recording_id, links.c.enforcement_id).where(links.c.recording_id.in_(some))
                for recording_id, enforcement_id in await connection.execute(union(own, linked)):
                    found.setdefault(recording_id, []).append(enforcement_id)
        return {one: tuple(sorted(those)) for one, those in found.items()}

    async def recordings_of(self, enforcement_ids: Sequence[str]) -> list[str]:
        """In the order of their ids, whoever may see them."""
        found: set[str] = set()
        async with self.database.reading() as connection:
            for some in portions([one for one in enforcement_ids if one]):
                own = select(recordings.c.id).where(recordings.c.enforcement_id.in_(some))
                linked = select(links.c.recording_id).where(links.c.enforcement_id.in_(some))
                found |= set((await connection.execute(union(own, linked))).scalars())
        return sorted(found)


def portions(ids: Iterable[str]) -> list[list[str]]:
    every = list(dict.fromkeys(ids))
    return [every[first : first + AT_ONCE] for first in range(0, len(every), AT_ONCE)]
