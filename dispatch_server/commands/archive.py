"""archive verify and reindex: what a folder of recordings proves, and a database made again from it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch_server.commands.options import ConfigFile, refusals_told, settings_of, stop

if TYPE_CHECKING:
    from dispatch_server.archive.seals.model import Trust
    from dispatch_server.archive.seals.reindex import Counts
    from dispatch_server.settings import Settings

NOT_WHOLE = 1
KeyFiles = Annotated[
    list[Path] | None,
    typer.Option("--key", help="Public evidence keys: a JWK, a JWK Set or evidence_keys.jsonl; repeatable."),
]
archive = typer.Typer(no_args_is_help=True, help="The archive of recordings, without a running server.")


@archive.callback()
def _group() -> None:
    """The archive of recordings, without a running server."""


@archive.command()
def verify(
    folder: Annotated[
        Path | None,
        typer.Argument(help="An archive, a recording's folder, an unpacked export; default: the settings'."),
    ] = None,
    key: KeyFiles = None,
    device_keys: Annotated[
        Path | None,
        typer.Option(help="Public keys of terminals, for what they sealed: JWKs, one a line, or a JWK Set."),
    ] = None,
    tsa_ca: Annotated[Path | None, typer.Option(help="PEM file with the roots of the time stamps.")] = None,
    unsealed: Annotated[bool, typer.Option(help="A recording without a seal is no fault (server at work).")] = False,
    config: ConfigFile = None,
) -> None:
    """Read everything and compare it with its seals. Exit code 0: whole; 1: something differs; 2: cannot be read."""
    from dispatch_server.archive.seals.report import verify_place

    with refusals_told():
        settings = settings_of(config) if folder is None else None
        place = folder or _archive_of(settings_of(config))
        if not place.is_dir():
            stop(f"{place} is no folder")
        trust = _trust(key or [], device_keys, tsa_ca, settings)
        broken = _package_problems(place, trust)
        totals = verify_place(place, trust, typer.echo, unsealed_allowed=unsealed)
        if not totals.recordings and folder is not None:
            stop(f"{place}: no recording lies here")
    if totals.damaged or broken:
        raise typer.Exit(NOT_WHOLE)


@archive.command()
def reindex(config: ConfigFile = None) -> None:
    """Make the database's rows again from the folders; what only the database knows stays. May be repeated."""
    import asyncio

    with refusals_told():
        settings = settings_of(config)
        counts = asyncio.run(_reindexed(settings))
    typer.echo(f"{counts.found} recordings lie in the folders: {counts.added} rows added, {counts.changed} changed")


def _package_problems(place: Path, trust: "Trust") -> int:
    """Of an unpacked export: its manifest, every file that it lists, and who signed it."""
    from dispatch_server.archive.exports.checking import check_package, is_package
    from dispatch_server.archive.exports.manifest import MANIFEST, SIGNATURE, signer_of

    if not is_package(place):
        return 0
    problems = list(check_package(place))
    signer = signer_of((place / MANIFEST).read_bytes(), (place / SIGNATURE).read_bytes())
    if trust.evidence is not None and signer is not None and signer not in trust.evidence:
        problems.append(f"the manifest is signed by a key that is not known: {signer}")
    for problem in problems:
        typer.echo(f"  ✗ {problem}")
    typer.echo(f"{place}: package {'DAMAGED' if problems else 'OK'}")
    return len(problems)


def _archive_of(settings: "Settings") -> Path:
    return Path(settings.archive.folder or f"{settings.data_folder}/archive")


def _trust(keys: list[Path], device_keys: Path | None, tsa_ca: Path | None, settings: "Settings | None") -> "Trust":
    """Keys that were given; of this server's own archive also those that it has on record."""
    from cryptography.x509 import load_pem_x509_certificates

    from dispatch_server.archive.seals.key_record import RECORD, keys_on_record
    from dispatch_server.archive.seals.model import Trust
    from dispatch_server.archive.seals.public_keys import read_keys
    from dispatch_server.runtime.keys import FOLDER

    evidence = {name: found for path in keys for name, found in read_keys(path.read_bytes()).items()}
    if settings is not None and (Path(settings.data_folder) / FOLDER / RECORD).exists():
        evidence |= keys_on_record(Path(settings.data_folder) / FOLDER)
    devices = read_keys(device_keys.read_bytes()) if device_keys is not None else None
    roots = tuple(load_pem_x509_certificates(tsa_ca.read_bytes())) if tsa_ca is not None else ()
    return Trust(evidence or None, devices, roots)


async def _reindexed(settings: "Settings") -> "Counts":
    from dispatch_server.archive.seals.reindex import Reindexing
    from dispatch_server.archive.seals.store import SealStore
    from dispatch_server.archive.store import RecordingStore
    from dispatch_server.runtime.counters import Counters
    from dispatch_server.runtime.database import Database
    from dispatch_server.runtime.world import World

    async with Database(settings.database, Counters()).opened() as database:
        reindexing = Reindexing(RecordingStore(database), SealStore(database), World().utc_us())
        return await reindexing.run([_archive_of(settings)])
