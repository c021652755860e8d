"""archive import: a terminal's memory card, or a copy of its masters, taken in beside the running server."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch_server.commands.options import ConfigFile, refusals_told, settings_of

NOT_ALL = 1


def import_card(
    folder: Annotated[Path, typer.Argument(help="A card, or a folder with a folder for each master.", exists=True)],
    unsealed: Annotated[
        bool, typer.Option("--unsealed", help="Also masters without a seal: you vouch for where they come from.")
    ] = False,
    receipts: Annotated[
        bool, typer.Option("--receipts", help="Write receipts.jsonl beside, so that the terminal may free its space.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Take masters in as if they had been uploaded. Exit code 0: all was kept; 1: something was refused."""
    import asyncio

    from dispatch_server.wiring.uploads import import_folder

    def told(lines: list[str]) -> None:
        for line in lines:
            typer.echo(line)

    with refusals_told():
        good = asyncio.run(import_folder(settings_of(config), folder, told, unsealed=unsealed, receipts=receipts))
    if not good:
        raise typer.Exit(NOT_ALL)
