"""The command line of the ledger: `dispatch-server audit verify`, which needs no running server."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch_server.kit.errors import DispatchError
from dispatch_server.settings.loading import load

if TYPE_CHECKING:
    from dispatch_server.audit.sources import Outside
    from dispatch_server.audit.verify import Report

NOT_WHOLE, NOT_READ = 1, 2
audit = typer.Typer(no_args_is_help=True, help="The ledger of acts.", rich_markup_mode=None)


@audit.callback()
def _group() -> None:
    """The ledger of acts."""


@audit.command()
def verify(
    source: Annotated[
        str,
        typer.Argument(
            help="A SQLite file, an exported file, a saved proof, or postgresql+asyncpg://…; default: the settings'."
        ),
    ] = "",
    witness: Annotated[
        list[Path] | None, typer.Option("--witness", "-w", help="A file of heads that a witness holds; repeatable.")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", help="A public key (hexadecimal) that may have signed; repeatable.")
    ] = None,
    tsa_ca: Annotated[str, typer.Option("--tsa-ca", help="PEM file with the roots of the time stamps.")] = "",
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="YAML file; default config/server.yaml.")
    ] = None,
) -> None:
    """Check the whole ledger offline. Exit code 0: it is whole; 1: it is not what it was; 2: it cannot be read."""
    from dispatch_server.audit.held import read_held
    from dispatch_server.audit.sources import Outside

    try:
        trusted = frozenset(bytes.fromhex(text) for text in key or ())
        # Before the ledger: what a running server signs meanwhile must not look like a ledger cut short.
        held = read_held(witness or [], tsa_ca)
        report = _examined(source or load(config).database.url.reveal(), Outside(held.heads, trusted))
    except (DispatchError, ValueError) as error:
        typer.echo(error.sentence if isinstance(error, DispatchError) else f"--key: {error}", err=True)
        raise typer.Exit(NOT_READ) from None
    report.notes += held.notes
    for finding in held.findings:
        report.found(finding)
    for line in report.said():
        typer.echo(line)
    if not report.is_good:
        raise typer.Exit(NOT_WHOLE)


def _examined(source: str, outside: "Outside") -> "Report":
    import asyncio

    from dispatch_server.audit.proof import LARGEST_BYTES, examine_proof, proof_in
    from dispatch_server.audit.sources import examine, examine_postgresql

    if source.startswith("postgresql"):
        return asyncio.run(examine_postgresql(source, outside))
    path = Path(source.removeprefix("sqlite+aiosqlite:///"))
    if path.is_file() and path.stat().st_size <= LARGEST_BYTES and (form := proof_in(path.read_bytes())):
        return examine_proof(form, outside)
    return examine(path, outside)
