"""The command line: serve, dev, doctor, openapi, settings. Heavy imports wait until a command needs them."""

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dispatch_server.kit.errors import DispatchError
from dispatch_server.settings import Mode, Settings
from dispatch_server.settings.loading import load, with_folders

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="The dispatch server.", rich_markup_mode=None)
SWITCH_S = 0.0005
ConfigFile = Annotated[Path | None, typer.Option("--config", "-c", help="YAML file; default config/server.yaml.")]
PortNumber = Annotated[int | None, typer.Option("--port", help="HTTP port, instead of the settings'.")]


@cli.command()
def serve(
    config: ConfigFile = None,
    port: PortNumber = None,
    check_config: Annotated[bool, typer.Option("--check-config", help="Only read the settings.")] = False,
) -> None:
    """Run this node."""
    settings = _load(config, port)
    if check_config:
        typer.echo("The settings are good.")
        return
    _run(settings)


@cli.command()
def dev(config: ConfigFile = None, port: PortNumber = None) -> None:
    """Run in development mode on loopback: no external service, a printed sign-in link."""
    _run(_load(config, port, mode=Mode.DEVELOPMENT, host="127.0.0.1"))


@cli.command()
def doctor(config: ConfigFile = None) -> None:
    """Look at this machine and this node, and say what to mend."""
    import asyncio

    from dispatch_server.ops import doctor, machine
    from dispatch_server.runtime.world import World
    from dispatch_server.wiring.addresses import announced_addresses

    settings = _load(config, None)
    findings = []
    for found in doctor.examine(settings, announced_addresses(settings.media), World()):
        findings.append(found)
        typer.echo(found.line())
    services = asyncio.run(doctor.examine_services(settings))
    for found in [*services, *machine.look_at_test_packages()]:
        typer.echo(found.line())
    if doctor.needs_mending([*findings, *services]):
        raise typer.Exit(1)


@cli.command()
def openapi() -> None:
    """Print the API's document."""
    import json

    from dispatch_server.app import create_app
    from dispatch_server.wiring import wire

    document = create_app(wire(with_folders(Settings()))).openapi()
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True))


@cli.command()
def settings() -> None:
    """Print config/server.yaml with all defaults."""
    from dispatch_server.settings.template import render

    typer.echo(render(), nl=False)


def main() -> None:
    cli()


def _load(config: Path | None, port: int | None, **server: Any) -> Settings:
    if port is not None:
        server["port"] = port
    try:
        return load(config, {"server": server})
    except DispatchError as error:
        _stop(error)


def _run(settings: Settings) -> None:
    import asyncio
    import gc

    # What is imported stays: looking through it again and again costs a sixth of the start, and pauses later.
    gc.disable()
    from dispatch_server.app import serve as serve_until_told

    gc.freeze()
    gc.enable()
    # A thread that writes recordings gives the interpreter back soon: media waits for it.
    sys.setswitchinterval(SWITCH_S)
    try:
        sys.exit(asyncio.run(serve_until_told(settings)))
    except DispatchError as error:
        _stop(error)


def _stop(error: DispatchError) -> NoReturn:
    typer.echo(error.sentence, err=True)
    raise typer.Exit(2)
