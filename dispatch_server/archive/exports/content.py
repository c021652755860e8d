"""What a package takes of one recording: the files of its folder that we know by name, and the facts that it tells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from dispatch_server.archive import folders
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import KeptRecording, chain_problems, read_recording
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import Seal, read_seal

SEAL, STAMP = "seal.json", "seal.tsr"
DEVICE_KEY, EVIDENCE_KEY = "device_key.json", "evidence_key.json"  # beside a recording that says itself who sealed it
# Names are ours alone: whatever else lies there stays where it is, and no name of anybody's goes into a package.
_TAKEN = re.compile(r"[0-9]{6}\.(?:mp4|jsonl|sm3|suspect)")
_SINGLE = {folders.CARD, folders.END, folders.THUMBNAIL, SEAL, STAMP, DEVICE_KEY, EVIDENCE_KEY}


@dataclass(frozen=True, slots=True)
class Original:
    """One file, by the root it lies in and its path there."""

    root: int
    place: str
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Gap:
    from_utc_us: int
    to_utc_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one recording, for the manifest and the data sheet."""

    card: Card
    files: tuple[Original, ...]
    segments: int
    fragments: int
    from_utc_us: int
    to_utc_us: int
    chain: str
    seal: Seal | None
    stamped: bool
    gaps: tuple[Gap, ...]
    problems: tuple[str, ...]


def files_of(roots: Sequence[Path], card: Card) -> tuple[Original, ...]:
    """In order of their names; a name that lies in several roots is taken from the first. Raises OSError."""
    place, found = folders.folder_of(card), {}
    for number, root in enumerate(roots):
        folder = root / place
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            state = path.lstat()
            known = _TAKEN.fullmatch(path.name) or path.name in _SINGLE
            if known and S_ISREG(state.st_mode) and path.name not in found:
                found[path.name] = Original(number, (place / path.name).as_posix(), path.name, state.st_size)
    return tuple(found[name] for name in sorted(found))


def seal_of(roots: Sequence[Path], card: Card) -> Seal | None:
    """Raises MalformedFootage for one that is none."""
    for root in roots:
        path = root / folders.folder_of(card) / SEAL
        if path.exists():
            return read_seal(path.read_bytes()[:65_536])
    return None


def facts_of(roots: Sequence[Path], card: Card) -> Facts:
    """Blocks. Raises OSError, and MalformedFootage where the folder is not one of a closed recording."""
    kept = read_recording(roots, card)
    if kept.end is None:
        raise MalformedFootage("the recording has no end")
    spans = [
        (entry.utc_us, entry.utc_us + entry.duration_us) for one in kept.segments for entry in one.verdict.fragments()
    ]
    files = files_of(roots, card)
    return Facts(
        card=card,
        files=files,
        segments=len(kept.segments),
        fragments=len(spans),
        from_utc_us=min((begin for begin, _ in spans), default=card.opened_utc_us),
        to_utc_us=max((end for _, end in spans), default=kept.end.closed_utc_us),
        chain=kept.end.chain,
        seal=seal_of(roots, card),
        stamped=any(one.name == STAMP for one in files),
        gaps=_gaps(kept),
        problems=tuple(chain_problems(kept)),
    )


def _gaps(kept: KeptRecording) -> tuple[Gap, ...]:
    declared = [
        Gap(entry.from_utc_us, entry.to_utc_us, entry.reason) for one in kept.segments for entry in one.verdict.gaps()
    ]
    if kept.end is not None and kept.end.missing_from_utc_us:
        declared.append(Gap(kept.end.missing_from_utc_us, kept.end.closed_utc_us, "nothing could be written"))
    return tuple(declared)
