"""What is known of a recording's copy in the bucket, and in which order its files go there."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from dispatch_server.archive import folders
from dispatch_server.protocol.footage import MalformedFootage

FORM = "dispatch.recording.copies.v1"
LIMIT_BYTES = 8 << 20
BEGUN, LOOK_AGAIN = -1, 0


@dataclass(frozen=True, slots=True)
class Copy:
    """`bytes` and `sha256` as they were read back."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Copied:
    """
    A row: `due_utc_us` is when the media here may go, 0 once they are gone. `copied_utc_us` is BEGUN before the first
    file goes there, so that a copy that broke off is known, and LOOK_AGAIN when something was added to the folder.
    """

    recording_id: str
    folder: str
    copied_utc_us: int
    due_utc_us: int


def in_order(names: Iterable[str]) -> list[str]:
    """The card first, which claims the place in the bucket; the seal last, which says that all is there."""
    rank = {folders.CARD: 0, folders.SEAL: 2}
    return sorted((name for name in names if is_kept(name)), key=lambda name: (rank.get(name, 1), name))


def is_kept(name: str) -> bool:
    """Whether a file of the folder is part of the recording: nothing half written, nothing put aside."""
    return not name.startswith(".") and PurePath(name).suffix not in {".new", ".tail"} and name != folders.COPIED


def is_media(name: str) -> bool:
    return PurePath(name).suffix == ".mp4"


def write_copies(copies: Mapping[str, Copy], utc_us: int) -> bytes:
    files = {name: {"bytes": copy.bytes, "sha256": copy.sha256} for name, copy in sorted(copies.items())}
    return json.dumps({"form": FORM, "copied_utc_us": utc_us, "files": files}, indent=1).encode() + b"\n"


def read_copies(data: bytes) -> dict[str, Copy]:
    """By file name. Raises MalformedFootage."""
    try:
        plain = json.loads(data)
        if plain["form"] != FORM:
            raise MalformedFootage("the list of copies is of another form")
        return {str(name): Copy(int(file["bytes"]), str(file["sha256"])) for name, file in plain["files"].items()}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise MalformedFootage("the list of copies cannot be read") from None
