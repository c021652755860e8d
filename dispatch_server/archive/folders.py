"""Where recordings lie: one folder each, which says of itself what it holds."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from dispatch_server.archive.model import Card, Origin
from dispatch_server.protocol.footage import FORMAT, MalformedFootage

CARD, END, SEAL, THUMBNAIL = "recording.json", "closed.json", "seal.json", "thumbnail.jpg"
COPIED = "bucket.json"  # what lies in the bucket as well; media that are named there may be missing here
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_CARD_LIMIT_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class End:
    """How a recording ended, and the last link of its chain."""

    closed_utc_us: int
    reason: str
    fragments: int
    chain: str
    missing_from_utc_us: int  # since when nothing could be written; 0: all was


def folder_of(card: Card) -> Path:
    """Relative to a root; by day, so that no folder grows without end."""
    day = datetime.fromtimestamp(card.opened_utc_us / 1_000_000, UTC)
    return Path(f"{day:%Y}", f"{day:%m}", f"{day:%d}", card.id)


def media_name(number: int) -> str:
    return f"{number:06}.mp4"


def index_name(number: int) -> str:
    return f"{number:06}.jsonl"


def suspect_name(number: int) -> str:
    return f"{number:06}.suspect"


def write_card(card: Card) -> bytes:
    return json.dumps({"format": FORMAT} | asdict(card), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def write_end(end: End) -> bytes:
    return json.dumps(asdict(end), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def read_card(path: Path) -> Card:
    plain = _read_object(path)
    return card_of(plain, path.name)


def card_of(plain: Mapping[str, object], name: str) -> Card:
    """Fields with a default were added later: older cards have none of them. Raises MalformedFootage."""
    values = {field.name: plain.get(field.name, field.default) for field in fields(Card)}
    wrong = [field.name for field in fields(Card) if type(values[field.name]) not in (field.type, Origin)]
    if plain.get("format") != FORMAT or wrong or values["origin"] not in set(Origin):
        raise MalformedFootage(f"{name} is no recording's card")
    card = Card(**values)  # type: ignore[arg-type]
    if not _ID.fullmatch(card.id) or not 0 <= card.opened_utc_us < 1 << 53:
        raise MalformedFootage(f"{name} has no usable identity or time")
    return card


def read_end(path: Path) -> End | None:
    """None while the recording is open, or when the end was never written."""
    if not path.exists():
        return None
    plain = _read_object(path)
    values = [plain.get(field.name) for field in fields(End)]
    if [type(value) for value in values] != [int, str, int, str, int]:
        raise MalformedFootage(f"{path.name} is no recording's end")
    return End(*values)  # type: ignore[arg-type]


def _read_object(path: Path) -> dict[str, object]:
    with path.open("rb") as file:
        data = file.read(_CARD_LIMIT_BYTES)
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedFootage(f"{path.name} is not JSON") from error
    if not isinstance(plain, dict):
        raise MalformedFootage(f"{path.name} is not an object")
    return plain


def find_recordings(root: Path) -> Iterator[Path]:
    """Folders that hold a card, oldest day first; one day's names in memory at a time."""
    for day in days(root):
        yield from recordings_of(root / day)


def days(root: Path) -> list[Path]:
    """Those of which anything lies there, oldest first, relative to the root."""
    return sorted(path.relative_to(root) for path in root.glob("[0-9]*/[0-9]*/[0-9]*"))


def recordings_of(day: Path) -> list[Path]:
    """Folders of one day that hold a card."""
    return sorted(path.parent for path in day.glob(f"*/{CARD}"))


def segment_numbers(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("[0-9]*.jsonl") if path.stem.isdigit())
