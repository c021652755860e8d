"""The command line of a terminal: enrol, run, deliver, doctor, simulate, settings."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.finding import Finding, needs_mending
from terminals.enforcement.commands import enforcement
from terminals.master.footage_commands import footage

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Field terminals.", rich_markup_mode=None)


cli.add_typer(enforcement, name="enforcement")
cli.add_typer(footage, name="footage")


@cli.callback()
def root() -> None:
    """Field terminals."""


@cli.command()
def run(
    config: Annotated[Path, typer.Option(help="File with the settings.")] = Path("config/terminal.yaml"),
) -> None:
    """Publish this device's camera and microphone."""
    from terminals.agent import Agent
    from terminals.settings_file import load

    async def publish() -> None:
        await Agent(load(config)).run()

    try:
        asyncio.run(_until_told(publish))
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None


@cli.command()
def deliver(
    config: Annotated[Path, typer.Option(help="File with the settings.")] = Path("config/terminal.yaml"),
) -> None:
    """Hand over what this device recorded, without its camera; ends when the server has acknowledged all of it."""
    from terminals.master.deliver_command import deliver as deliver_all
    from terminals.settings_file import load

    left: list[object] = [None]  # until it is done: who is told to stop has not delivered all

    async def run_out() -> None:
        left[:] = await deliver_all(load(config))

    try:
        asyncio.run(_until_told(run_out))
    except (LocalFault, OSError) as wrong:
        sys.stderr.write(f"{wrong.sentence if isinstance(wrong, LocalFault) else wrong}\n")
        raise typer.Exit(2) from None
    if left:
        raise typer.Exit(1)


@cli.command()
def enrol(
    code: Annotated[str, typer.Argument(help="The code, or the content of the QR, that the console shows.")],
    server: Annotated[str, typer.Option(help="Address of the server; the QR holds it.")] = "",
    config: Annotated[Path, typer.Option(help="File with the settings.")] = Path("config/terminal.yaml"),
) -> None:
    """Make this device's key and enter it in the server's register."""
    from terminals.enrolment import enrol as enrol_at
    from terminals.enrolment import read_invitation
    from terminals.master.assembly import root_of
    from terminals.settings_file import load
    from terminals.way_in import trust

    try:
        settings = load(config)
        own = settings.server
        path = Path(own.device_key_file).expanduser()
        key = asyncio.run(enrol_at(read_invitation(code), server, path, root_of(settings), trust(own.ca_file)))
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None
    sys.stdout.write(f"This device is {key.number} now; its key is in {path}.\n")


@cli.command()
def roll_key(
    config: Annotated[Path, typer.Option(help="File with the settings.")] = Path("config/terminal.yaml"),
) -> None:
    """Replace this device's key by a new one; what it has open goes on."""
    from terminals.enrolment import roll_key as roll_key_of
    from terminals.settings_file import load
    from terminals.way_in import trust

    try:
        own = load(config).server
        asyncio.run(roll_key_of(Path(own.device_key_file).expanduser(), trust(own.ca_file)))
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None


@cli.command()
def settings() -> None:
    """Print every setting with its default and its meaning: config/terminal.yaml."""
    from terminals.settings_file import render

    sys.stdout.write(render())


@cli.command()
def doctor(
    server: Annotated[str, typer.Option(help="Address of the server, instead of the settings'.")] = "",
    config: Annotated[Path, typer.Option(help="File with the settings.")] = Path("config/terminal.yaml"),
) -> None:
    """Look from here towards the server, and say which side fails."""
    from terminals.looking import findings

    async def look() -> None:
        async for finding in findings(config, server):
            found.append(finding)
            sys.stdout.write(f"{finding.line()}\n")
            sys.stdout.flush()

    found: list[Finding] = []
    try:
        asyncio.run(look())
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None
    if needs_mending(found):
        raise typer.Exit(1)


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
    masters: Annotated[Path | None, typer.Option(help="Folder where each records and delivers, as an agent.")] = None,
    codes: Annotated[Path | None, typer.Option(help="JSON of number: enrolment code, for those not enrolled.")] = None,
) -> None:
    """Stream made-up pictures and sound from many terminals in one process."""
    from terminals.simulation import Ask, run_simulation

    ask = Ask(count, server, keys, clips, times, local_host, masters, codes)
    try:
        asyncio.run(_until_told(lambda: run_simulation(ask)))
    except LocalFault as wrong:
        sys.stderr.write(f"{wrong.sentence}\n")
        raise typer.Exit(2) from None


async def _until_told(start: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Until it ends by itself, or SIGINT or SIGTERM cancels it."""
    task = asyncio.ensure_future(start())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    cli()
