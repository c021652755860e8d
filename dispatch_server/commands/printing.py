"""openapi, settings and service: what is written from the code."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch_server.commands.options import ConfigFile, settings_of
from dispatch_server.settings import Settings
from dispatch_server.settings.loading import with_folders

service = typer.Typer(no_args_is_help=True, help="The service of systemd.")


def openapi() -> None:
    """Print the API's document."""
    import json

    from dispatch_server.app import create_app
    from dispatch_server.wiring import wire

    document = create_app(wire(with_folders(Settings()))).openapi()
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True))


def settings() -> None:
    """Print config/server.yaml with all defaults."""
    from dispatch_server.settings.template import render

    typer.echo(render(), nl=False)


@service.callback()
def _service() -> None:
    """The service of systemd."""


@service.command("print")
def print_service(
    config: ConfigFile = None,
    user: Annotated[str, typer.Option(help="Whose rights it has.")] = "dispatch",
    folder: Annotated[Path | None, typer.Option(help="Where it is started; default: here.")] = None,
) -> None:
    """Print a unit file for this installation and these settings."""
    import sys

    from dispatch_server.ops.service_unit import unit

    found = settings_of(config)
    program = Path(sys.executable).with_name("dispatch-server")
    typer.echo(unit(found, program, (folder or Path.cwd()).absolute(), user), nl=False)
