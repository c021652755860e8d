"""What verify says of an archive, a folder or an unpacked export, in plain words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.seals.model import Findings, Kind, Standing, Trust
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.protocol.footage import MalformedFootage

Say = Callable[[str], None]


@dataclass(slots=True)
class Totals:
    recordings: int = 0
    damaged: int = 0
    unsealed: int = 0
    unproved: int = 0  # whole, but nobody's key was given, or nobody vouches for it yet
    bytes: int = 0
    standing: dict[Standing, int] = field(default_factory=dict)


def recordings_in(place: Path) -> Iterator[Path]:
    """Folders with a card, at whatever depth below, the place itself included."""
    yield from sorted(path.parent for path in place.rglob(folders.CARD))


def verify_place(place: Path, trust: Trust, say: Say, *, unsealed_allowed: bool = False) -> Totals:
    """Every recording below the place; `say` gets a line for each fault and note, and the sum at the end."""
    totals = Totals()
    for folder in recordings_in(place):
        found = verify_recording(folder, trust)
        if unsealed_allowed:
            found.faults = [fault for fault in found.faults if fault.kind is not Kind.UNSEALED]
        elif found.standing is Standing.OPEN and found.is_whole:
            found.fault(Kind.UNSEALED, "it has neither end nor seal: it is being recorded, or both were taken away")
        _misplaced(folder, place, found)
        _count(totals, found)
        for line in said(folder, found):
            say(line)
    say(_sum(totals))
    return totals


def said(folder: Path, found: Findings) -> Iterator[str]:
    verdict = "OK" if found.is_whole else "DAMAGED"
    if found.is_whole and found.standing in (Standing.OPEN, Standing.CLOSED):
        verdict = "NOT SEALED, NOT PROVED"
    elif found.is_whole and not found.proved:
        verdict = "CONSISTENT, NOT PROVED"
    yield f"{folder}: {verdict} ({found.standing})"
    for fault in found.faults:
        yield f"  ✗ {fault.said()}"
    for note in found.notes:
        yield f"  · {note}"


def _misplaced(folder: Path, place: Path, found: Findings) -> None:
    """In an archive a folder lies where its card says; elsewhere it may be called what one likes."""
    parts = folder.relative_to(place).parts
    if len(parts) != 4 or not all(part.isdigit() for part in parts[:3]):
        return
    try:
        wanted = folders.folder_of(folders.read_card(folder / folders.CARD))
    except (MalformedFootage, OSError):
        return
    if wanted != Path(*parts):
        found.fault(Kind.CARD, f"it lies in {Path(*parts)}, and its card says {wanted}")


def _count(totals: Totals, found: Findings) -> None:
    totals.recordings += 1
    totals.bytes += found.bytes
    totals.damaged += not found.is_whole
    totals.unsealed += found.standing in (Standing.OPEN, Standing.CLOSED)
    totals.unproved += found.is_whole and not found.proved
    totals.standing[found.standing] = totals.standing.get(found.standing, 0) + 1


def _sum(totals: Totals) -> str:
    if not totals.recordings:
        return "no recording lies here"
    kinds: Sequence[str] = [f"{count} {standing}" for standing, count in sorted(totals.standing.items())]
    line = f"{totals.recordings} recordings ({', '.join(kinds)}), {totals.bytes >> 20} MiB read: "
    line += f"{totals.damaged} damaged" if totals.damaged else "none is damaged"
    if totals.unproved:
        line += f"; of {totals.unproved} only consistency was shown, not who sealed them (--key, --device-keys)"
    return line
