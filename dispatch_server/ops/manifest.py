"""What a backup holds, file by file with size and SHA-256: it is believed only when every one of them agrees."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from dispatch_server.kit.errors import LocalFault

NAME = "manifest.json"
SUM = "manifest.sha256"
FORM = "dispatch-backup-1"
_LARGEST_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHOWN = 5


class BackupDamaged(LocalFault):
    """A file of it is missing, changed or too much: nothing of it is restored."""

    def __init__(self, sentence: str) -> None:
        super().__init__("backup_damaged", sentence)


@dataclass(frozen=True, slots=True)
class Entry:
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    made_utc_us: int
    program: str  # version
    database: str  # sqlite or postgresql
    revisions: tuple[str, ...]  # of the database
    recordings: int  # in the list; their media is here only `with_media`
    with_media: bool
    with_keys: bool  # sealed
    files: Mapping[str, Entry]

    def text(self) -> str:
        files = {name: asdict(entry) for name, entry in sorted(self.files.items())}
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "files"}
        return json.dumps({"form": FORM, **fields, "files": files}, ensure_ascii=False, indent=1) + "\n"


def parsed(text: str) -> Manifest:
    """BackupDamaged for anything that this program did not write."""
    try:
        content = json.loads(text)
        if content.pop("form") != FORM:
            raise ValueError("another form")
        files = {str(name): Entry(int(one["bytes"]), str(one["sha256"])) for name, one in content.pop("files").items()}
        manifest = Manifest(**{**content, "revisions": tuple(content["revisions"])}, files=files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupDamaged(f"{NAME} cannot be read: {error}") from None
    for name, entry in files.items():
        if not is_inside(name) or not _DIGEST.fullmatch(entry.sha256):
            raise BackupDamaged(f"{NAME} names a file that is none of ours: {name[:100]!r}")
    return manifest


def is_inside(name: str) -> bool:
    """Whether a name stays within the folder that it is under."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\0" not in name and str(path) == name


def verified(folder: Path) -> Manifest:
    """The manifest of a backup all of whose files are as they were written. BackupDamaged names those that are not."""
    try:
        if (folder / NAME).stat().st_size > _LARGEST_BYTES:
            raise BackupDamaged(f"{folder / NAME} is too large")
        data = (folder / NAME).read_bytes()
        expected = (folder / SUM).read_text("ascii").split()[0]
    except (OSError, ValueError, IndexError) as error:
        raise BackupDamaged(f"{folder}: not a whole backup: {error}") from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise BackupDamaged(f"{folder / NAME} is not as it was written")
    manifest = parsed(data.decode("utf-8"))
    wrong = [name for name, entry in manifest.files.items() if entry_of(folder / name) != entry]
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    wrong += sorted(found - set(manifest.files) - {NAME, SUM})
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise BackupDamaged(f"{folder}: missing, changed or too much: {', '.join(wrong[:_SHOWN])}{more}")
    return manifest


def entry_of(path: Path) -> Entry | None:
    """None when it is not there or no plain file."""
    if path.is_symlink() or not path.is_file():
        return None
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
    return Entry(size, digest.hexdigest())
