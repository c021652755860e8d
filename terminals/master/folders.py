"""Where masters lie on this device: one folder each, which says of itself what it holds and how far it is delivered."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from dispatch_server.protocol.footage import (
    LINE_LIMIT_BYTES,
    MalformedFootage,
    Verdict,
    cut_behind,
    follows,
    verify_segment,
)
from dispatch_server.protocol.masters import INDEX_LIMIT_BYTES, MasterCard, MasterClosing
from dispatch_server.protocol.sealed_footage import HEAD_BYTES, TAG_BYTES

CARD, END, SEAL, RECEIPTS = "recording.json", "closed.json", "seal.json", "receipts.jsonl"
TAIL, SUSPECT = ".tail", ".suspect"
DELIVERED = "delivered"  # the server has taken card, indexes, end and seal
FOLDER_GLOB = "[0-9a-f]*-*-7*-*-*"
CARD_LIMIT_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Kept:
    """One segment of a master. `bytes`: what its sealed file holds on this disk now; 0: it was given up."""

    recording: str
    segment: int
    bytes: int
    utc_us: int
    receipted: bool
    ended: bool = True


def sealed_name(number: int) -> str:
    return f"{number:06}.sealed"


def index_name(number: int) -> str:
    return f"{number:06}.jsonl"


def suspect_name(number: int) -> str:
    return f"{number:06}{SUSPECT}"


def masters(root: Path) -> Iterator[Path]:
    """Folders that hold a card, oldest first: their names are UUIDs that sort by time."""
    yield from sorted(path.parent for path in root.glob(f"{FOLDER_GLOB}/{CARD}"))


def segment_numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("[0-9]*.jsonl") if path.stem.isdigit())


def read_card(folder: Path) -> MasterCard:
    """Raises MalformedFootage, OSError."""
    try:
        card = MasterCard.model_validate_json(_read(folder / CARD))
    except ValidationError as error:
        raise MalformedFootage(f"{folder.name} has no card of a master") from error
    if card.id != folder.name:
        raise MalformedFootage(f"the card in {folder.name} is another master's")
    return card


def read_end(folder: Path) -> MasterClosing | None:
    """None while it is open, or when the end was never written. Raises MalformedFootage, OSError."""
    try:
        return MasterClosing.model_validate_json(_read(folder / END))
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise MalformedFootage(f"{folder.name} has no readable end") from error


def read_index(folder: Path, number: int) -> bytes:
    with (folder / index_name(number)).open("rb") as file:
        return file.read(INDEX_LIMIT_BYTES + 1)


def follower(folder: Path, number: int) -> str | None:
    """The chain (hex) that comes after this segment: of the next one, or of the end. None while neither says it."""
    try:
        with (folder / index_name(number + 1)).open("rb") as file:
            return follows(file.read(LINE_LIMIT_BYTES + 1))
    except FileNotFoundError:
        end = read_end(folder)
        return end.chain if end is not None else None


def announced_index(folder: Path, number: int) -> bytes:
    """The index up to the line that is followed: one whose sync failed may lie behind it, and counts for nothing."""
    index, chain = read_index(folder, number), follower(folder, number)
    return index if chain is None else cut_behind(index, chain)


def verdict_of(folder: Path, number: int, previous: bytes | None = None) -> Verdict:
    """By the announced index alone: without the server's key the sealed bytes can only be measured."""
    return verify_segment(announced_index(folder, number), None, previous)


def sealed_size(verdict: Verdict) -> int:
    """How long the sealed file is that this index describes: its head, and a tag for each part."""
    if verdict.head is None:
        return 0
    return HEAD_BYTES + verdict.end + TAG_BYTES * (1 + len(verdict.fragments()))


def size_of(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(CARD_LIMIT_BYTES)
