"""The command line of a terminal: simulate."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Field terminals.", rich_markup_mode=None)


@cli.callback()
def root() -> None:
    """Field terminals."""


@cli.command()
def simulate(
    count: Annotated[int, typer.Option(min=1, help="How many terminals.")] = 4,
    server: Annotated[str, typer.Option(help="Address of the server.")] = "http://127.0.0.1:8080",
    keys: Annotated[Path, typer.Option(help="File with the publish keys, as the server wrote it.")] = Path(
        "var/terminals.json"
    ),
    clips: Annotated[Path, typer.Option(help="Folder of the clips; made when missing.")] = Path("var/clips"),
    times: Annotated[Path | None, typer.Option(help="Where to write when frame 0 of each was taken.")] = None,
    local_host: Annotated[str, typer.Option(help="Local address to send from.")] = "0.0.0.0",  # noqa: S104
) -> None:
    """Stream made-up pictures and sound from many terminals in one process."""
    from terminals.simulation import run_simulation

    async def until_told() -> None:
        task = asyncio.ensure_future(run_simulation(count, server, keys, clips, times, local_host))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(until_told())


def main() -> None:
    cli()
