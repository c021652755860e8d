"""The database made again from the folders: idempotent, and what only the database knows stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.model import Recording, Segment, State
from dispatch_server.archive.reading import reindex
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.archive.seals.service import places_of
from dispatch_server.archive.seals.store import SealStore
from dispatch_server.archive.seals.verify import SEAL, STAMP, TOMBSTONE
from dispatch_server.archive.store import RecordingStore
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import read_seal
from dispatch_server.runtime.stamping import stamped_utc_us


@dataclass(frozen=True, slots=True)
class Found:
    """What a recording's folders say of it."""

    recording: Recording
    segments: list[Segment]
    sealed: Sealed | None
    state: State


@dataclass(slots=True)
class Counts:
    found: int = 0
    added: int = 0
    changed: int = 0


def found_in(roots: Sequence[Path]) -> Iterator[Found]:
    """Every recording that lies there; a folder that cannot be read is left to `archive verify`."""
    for recording, segments in reindex(roots):
        places = places_of(roots, recording.card)
        recording.thumbnail = any((folder / folders.THUMBNAIL).exists() for folder in places)
        is_purged = any((folder / TOMBSTONE).exists() for folder in places)
        sealed = _sealed_in(recording.card.id, places)
        state = recording.state
        if is_purged:
            state = State.PURGED
        elif sealed is not None and state is State.CLOSED:
            state = State.SEALED
        yield Found(recording, segments, sealed, state)


def _sealed_in(recording_id: str, places: Sequence[Path]) -> Sealed | None:
    for folder in places:
        try:
            seal = read_seal((folder / SEAL).read_bytes())
        except (MalformedFootage, OSError):
            continue
        return Sealed(recording_id, seal.sealed_utc_us, seal.key, seal.chain, seal.sm3, _stamped(folder / STAMP))
    return None


def _stamped(path: Path) -> int | None:
    try:
        return stamped_utc_us(path.read_bytes())
    except (OSError, ValueError):
        return None


class Reindexing:
    """Writes rows one recording at a time: it may be stopped, and begun again. Its changes count as of `utc_us`."""

    def __init__(self, recordings_of: RecordingStore, seals: SealStore, utc_us: int | None = None) -> None:
        self._recordings, self._seals, self._utc_us = recordings_of, seals, utc_us
        self.counts = Counts()

    async def run(self, roots: Sequence[Path]) -> Counts:
        for found in found_in(roots):
            await self._take(found)
        return self.counts

    async def _take(self, found: Found) -> None:
        recording, counts = found.recording, self.counts
        counts.found += 1
        known = await self._recordings.find(recording.card.id)
        if known is not None and found.state is State.OPEN:
            return  # a running server knows more of it, and a starting one ends it
        state = _later(known.state if known is not None else found.state, found.state)
        segments = {segment.number: segment for segment in await self._recordings.segments_of(recording.card.id)}
        if known is not None:
            _keep_known(recording, known)
        for segment in found.segments:
            before = segments.get(segment.number)
            segment.suspect = segment.suspect or (before is not None and before.suspect)
        recording.state = state
        sealed = await self._merged(found)
        before_seal = await self._seals.find(recording.card.id)
        same = known == recording and all(segments.get(one.number) == one for one in found.segments)
        if same and before_seal == sealed:
            return
        await self._recordings.save([recording], found.segments, self._utc_us)
        if sealed is not None:
            await self._seals.put(sealed)
        counts.added += known is None
        counts.changed += known is not None

    async def _merged(self, found: Found) -> Sealed | None:
        """When it was read last, and what was found, only the database knows."""
        known = await self._seals.find(found.recording.card.id)
        if found.sealed is None or known is None:
            return found.sealed or known
        made = found.sealed
        return Sealed(
            made.recording_id,
            made.sealed_utc_us,
            made.key,
            made.chain,
            made.sm3,
            made.stamped_utc_us or known.stamped_utc_us,
            known.scrubbed_utc_us,
            known.damage,
        )


_ORDER = (State.OPEN, State.CLOSED, State.SEALED, State.HELD, State.PURGED)


def _later(known: State, found: State) -> State:
    """Held is known to the database alone; nothing goes back."""
    return max(known, found, key=_ORDER.index)


def _keep_known(recording: Recording, known: Recording) -> None:
    """Of a purged one the media is gone, and with it what the row says of it."""
    if recording.fragments == 0 and known.fragments:
        recording.bytes, recording.fragments, recording.kept_us = known.bytes, known.fragments, known.kept_us
        recording.ended_utc_us, recording.gaps = known.ended_utc_us, known.gaps
    recording.thumbnail = recording.thumbnail or known.thumbnail
