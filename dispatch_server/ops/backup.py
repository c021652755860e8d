"""A backup of a node while it runs: database, sealed keys, settings, the list of recordings; on request the media."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from dispatch_server import __version__
from dispatch_server.kit.errors import LocalFault
from dispatch_server.ops.database_copy import ROWS_FOLDER, SQLITE_NAME, copy_rows, copy_sqlite
from dispatch_server.ops.escrow import FOLDER as ESCROW
from dispatch_server.ops.escrow import Escrow, keys_in_use
from dispatch_server.ops.manifest import NAME, SUM, Manifest, entry_of
from dispatch_server.runtime.files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    create_whole,
    make_private_folder,
    sync_file,
    sync_folder,
)
from dispatch_server.runtime.keys import FOLDER as KEYS
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.settings.loading import TLS_FOLDER

PREFIX = "dispatch-"
UNFINISHED = ".unfinished"
RECORDINGS = "recordings.jsonl"
KEYS_NAME, PUBLIC_NAME = "keys.sealed", "escrow-public"
RESTORED_SETTINGS = "restored-server.yaml"  # holds secrets
MEDIA, OBJECTS, REST, CONFIG = "media", "objects", "rest", "config"
_DAY_US = 86_400_000_000
_PIECE_BYTES = 1024 * 1024
# Copied in their own way, made anew, or of development only.
_NOT_REST = {KEYS, TLS_FOLDER, ESCROW, "archive", "objects", "clips", "terminals.json", "sign-in-link.txt"}
_NOT_REST |= {RESTORED_SETTINGS, "lost+found"}


class BackupRefused(LocalFault):
    """It cannot be made here."""


@dataclass(slots=True)
class Made:
    folder: Path
    manifest: Manifest
    warnings: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(entry.bytes for entry in self.manifest.files.values())


class Backup:
    """`Backup(settings, world).make(folder, keep=14)`: blocks, so give it a thread of its own."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings = settings
        self._world = world
        self._data = Path(settings.data_folder)
        self._url = make_url(settings.database.url.reveal())

    def make(self, into: Path, *, keep: int, with_media: bool = False) -> Made:
        """A new folder `dispatch-<UTC>` that appears whole or not at all; then the oldest beyond `keep` go."""
        now = self._world.utc_us()
        self._refuse_inside(into)
        make_private_folder(into)
        name = f"{PREFIX}{datetime.fromtimestamp(now / 1_000_000, UTC):%Y%m%dT%H%M%SZ}"
        final, part = into / name, into / f"{name}{UNFINISHED}"
        if final.exists():
            raise BackupRefused("backup_there", f"{final} is there already")
        _sweep(into, now)
        part.mkdir(0o700)
        try:
            made = self._fill(part, now, with_media)
            part.replace(final)
            sync_folder(into)
        finally:
            shutil.rmtree(part, ignore_errors=True)  # it has another name by now, unless something failed
        made.folder = final
        for old in backups_in(into)[keep:]:
            shutil.rmtree(old)
        return made

    def _fill(self, part: Path, now: int, with_media: bool) -> Made:
        # Journals and the ledger's newest head first: in the database, copied after them, they have come true.
        for path in self._rest():
            copy_tree(path, part / REST / path.name)
        revisions = self._copy_database(part)
        # Recordings after it: whatever the database names is on the disk by then.
        recordings = self._list_recordings(part / RECORDINGS)
        if with_media:
            for year in sorted(Path(self._settings.archive.folder).glob("[0-9]*")):  # not the ballast
                copy_tree(year, part / MEDIA / year.name)
            copy_tree(Path(self._settings.objects.folder), part / OBJECTS)
        warnings = self._keep_keys_and_settings(part)
        for path in part.rglob("*"):
            path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
            sync_folder(path) if path.is_dir() else sync_file(path)
        files = {str(path.relative_to(part)): entry_of(path) for path in sorted(part.rglob("*")) if path.is_file()}
        manifest = Manifest(
            made_utc_us=now,
            program=__version__,
            database=self._url.get_backend_name(),
            revisions=revisions,
            recordings=recordings,
            with_media=with_media,
            with_keys=(part / KEYS_NAME).exists(),
            files={name: entry for name, entry in files.items() if entry is not None},
        )
        data = manifest.text().encode()
        create_whole(part / NAME, [data], f".{NAME}")
        create_whole(part / SUM, [f"{sha256(data).hexdigest()}  {NAME}\n".encode()], f".{SUM}")
        return Made(part, manifest, warnings)

    def _copy_database(self, part: Path) -> tuple[str, ...]:
        if self._url.get_backend_name() != "sqlite":
            return asyncio.run(copy_rows(self._url, part / ROWS_FOLDER))
        if not sqlite_file(self._url).is_file():
            raise BackupRefused("no_database", f"{sqlite_file(self._url)}: there is no database yet")
        return copy_sqlite(sqlite_file(self._url), part / SQLITE_NAME)

    def _list_recordings(self, target: Path) -> int:
        count = 0
        with target.open("w", encoding="utf-8") as file:
            for folder in sorted(Path(self._settings.archive.folder).glob("[0-9]*/*/*/*")):
                file.write(json.dumps(recording_line(folder)) + "\n")
                count += 1
        return count

    def _keep_keys_and_settings(self, part: Path) -> list[str]:
        """Keys only sealed; settings in the clear only without their secrets."""
        config = self._config_files()
        make_private_folder(part / CONFIG)
        shown = json.dumps(self._settings.model_dump(mode="json"), ensure_ascii=False, indent=1)
        (part / CONFIG / "settings-without-secrets.json").write_text(shown, "utf-8")
        departments = Path(self._settings.departments_file)
        if departments.is_file():
            copy_file(departments, part / CONFIG / "departments.yaml")
        steps = Path(self._settings.recording_steps_file)
        if steps.is_file():
            copy_file(steps, part / CONFIG / "recording_steps.yaml")
        retention = Path(self._settings.archive.retention_file)
        if retention.is_file():
            copy_file(retention, part / CONFIG / "retention.yaml")
        escrow = Escrow(self._data, self._world)
        if not escrow.is_set_up:
            return ["The keys are NOT in this backup: there are no shares to seal them for (keys escrow)."]
        (part / KEYS_NAME).write_bytes(escrow.sealed({**keys_in_use(self._data), **config}))
        copy_file(escrow.folder / "public", part / PUBLIC_NAME)
        return []

    def _config_files(self) -> dict[str, bytes]:
        file = self._settings.file
        return {f"{CONFIG}/server.yaml": file.read_bytes()} if file is not None and file.is_file() else {}

    def _rest(self) -> Iterator[Path]:
        """Whatever else rooms keep under the data folder: their journals."""
        elsewhere = {Path(self._settings.archive.folder), Path(self._settings.objects.folder)}
        database = sqlite_file(self._url).name if self._url.get_backend_name() == "sqlite" else ""
        for path in sorted(self._data.iterdir()):
            is_database = bool(database) and path.name.startswith(database)
            if not is_database and path.name not in _NOT_REST and path not in elsewhere and path.name[0] != ".":
                yield path

    def _refuse_inside(self, into: Path) -> None:
        target, data = into.absolute(), self._data.absolute()
        if target == data or data in target.parents:
            raise BackupRefused("backup_inside", f"{into} is in the data folder: a backup belongs on another disk.")


def backups_in(folder: Path) -> list[Path]:
    """Whole backups, the newest first."""
    found = folder.glob(f"{PREFIX}*Z") if folder.is_dir() else ()
    return sorted((path for path in found if (path / SUM).is_file()), reverse=True)


def _sweep(folder: Path, now: int) -> None:
    """What a power cut left of an older try."""
    for part in folder.glob(f"{PREFIX}*Z{UNFINISHED}"):
        if now - made_utc_us(part.with_name(part.name.removesuffix(UNFINISHED))) > _DAY_US:
            shutil.rmtree(part)


def made_utc_us(backup: Path) -> int:
    """When it was made, by its name."""
    moment = datetime.strptime(backup.name, f"{PREFIX}%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def sqlite_file(url: URL) -> Path:
    return Path(url.database or "")


def recording_line(folder: Path) -> dict[str, object]:
    """By what a recording's folder can be told to be whole: number and size of its files, and its closing word."""
    files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    closed = folder / "closed.json"
    return {
        "folder": "/".join(folder.parts[-4:]),
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "closed_sha256": sha256(closed.read_bytes()).hexdigest() if closed.is_file() else None,
    }


def copy_tree(source: Path, target: Path) -> None:
    """Plain files only, each as long as it is when its turn comes; what vanishes meanwhile is left out."""
    if source.is_symlink() or not source.exists():
        return
    if source.is_file():
        make_private_folder(target.parent)
        copy_file(source, target)
        return
    make_private_folder(target)
    for path in sorted(source.iterdir()):
        if path.name[0] != "." and not path.name.endswith(UNFINISHED):
            copy_tree(path, target / path.name)


def copy_file(source: Path, target: Path) -> None:
    try:
        with source.open("rb") as there, target.open("xb") as here:
            target.chmod(0o600)
            while piece := there.read(_PIECE_BYTES):
                here.write(piece)
    except FileNotFoundError:
        if source.exists():
            raise
