"""Puts a backup back onto an empty node: checked before anything is written, and never over something that is there."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from dispatch_server.kit.errors import LocalFault
from dispatch_server.ops.backup import (
    CONFIG,
    KEYS_NAME,
    MEDIA,
    OBJECTS,
    PUBLIC_NAME,
    REST,
    RESTORED_SETTINGS,
    copy_file,
    copy_tree,
    sqlite_file,
)
from dispatch_server.ops.database_copy import ROWS_FOLDER, SQLITE_NAME, put_rows_back
from dispatch_server.ops.escrow import COPY, opened, put_back
from dispatch_server.ops.escrow import FOLDER as ESCROW
from dispatch_server.ops.manifest import Manifest, verified
from dispatch_server.ops.shares import Share
from dispatch_server.runtime.files import create_whole, make_private_folder, sync_file, sync_folder
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings

MARK = "restore-unfinished"  # a node does not start while this file is there
Shares = tuple[Share, Share]


class RestoreRefused(LocalFault):
    """Nothing was written."""


@dataclass(frozen=True, slots=True)
class Restored:
    manifest: Manifest
    keys: tuple[str, ...]
    settings_file: Path | None  # for a person to look at and put in its place


def restore(backup: Path, settings: Settings, world: World, shares: Shares | None) -> Restored:
    """
    Verify, then write database, rest, media and keys. Without shares the keys stay sealed.

    BackupDamaged, EscrowRefused, ShareWrong and RestoreRefused come before the first byte is written.
    """
    manifest = verified(backup)
    data, url = Path(settings.data_folder), make_url(settings.database.url.reveal())
    if url.get_backend_name() != manifest.database:
        sentence = f"The backup is of {manifest.database}, the settings name {url.get_backend_name()}."
        raise RestoreRefused("other_database", sentence)
    _refuse_filled(data, settings, manifest)
    sealed = opened(backup / KEYS_NAME, *shares) if shares is not None and manifest.with_keys else {}
    make_private_folder(data)
    create_whole(data / MARK, [b"A restore did not come to its end: empty this folder and begin again.\n"], f".{MARK}")
    if manifest.database == "sqlite":
        make_private_folder(sqlite_file(url).parent)
        copy_file(backup / SQLITE_NAME, sqlite_file(url))
        sync_file(sqlite_file(url))
    else:
        asyncio.run(put_rows_back(url, backup / ROWS_FOLDER, manifest.revisions))
    _copy_files(backup, data, settings)
    keys = put_back({name: held for name, held in sealed.items() if not name.startswith(f"{CONFIG}/")}, data, world)
    settings_file = _keep_settings(sealed, data, world)
    for path in data.rglob("*"):
        sync_folder(path) if path.is_dir() else sync_file(path)
    (data / MARK).unlink()
    sync_folder(data)
    return Restored(manifest, tuple(keys), settings_file)


def _copy_files(backup: Path, data: Path, settings: Settings) -> None:
    for path in sorted((backup / REST).glob("*")):
        copy_tree(path, data / path.name)
    copy_tree(backup / MEDIA, Path(settings.archive.folder))
    copy_tree(backup / OBJECTS, Path(settings.objects.folder))
    for name, kept in ((KEYS_NAME, COPY), (PUBLIC_NAME, "public")):
        copy_tree(backup / name, data / ESCROW / kept)


def _keep_settings(sealed: dict[str, bytes], data: Path, world: World) -> Path | None:
    content = sealed.get(f"{CONFIG}/server.yaml")
    if content is None:
        return None
    path = data / RESTORED_SETTINGS
    create_whole(path, [content], f".{path.name}.{world.chance(4).hex()}")
    return path


def _refuse_filled(data: Path, settings: Settings, manifest: Manifest) -> None:
    places = [data]
    if manifest.with_media:
        places += [Path(settings.archive.folder), Path(settings.objects.folder)]
    for place in places:
        if place.exists() and any(path.name != "lost+found" for path in place.iterdir()):
            raise RestoreRefused("not_empty", f"{place} is not empty: a restore never writes over something.")
