"""serve and dev: a node that runs until it is told to end."""

import sys
from typing import Annotated

import typer

from dispatch_server.commands.options import ConfigFile, PortNumber, refusals_told, settings_of, stop
from dispatch_server.kit.errors import DispatchError
from dispatch_server.settings import Mode, Settings

SWITCH_S = 0.0005


def serve(
    config: ConfigFile = None,
    port: PortNumber = None,
    check_config: Annotated[bool, typer.Option("--check-config", help="Only read the settings.")] = False,
) -> None:
    """Run this node."""
    settings = settings_of(config, port)
    _refuse_unsafe(settings)
    if check_config:
        typer.echo("The settings are good.")
        return
    if not settings.server.is_development:
        _refuse_nobody(settings)
    _run(settings)


def dev(config: ConfigFile = None, port: PortNumber = None) -> None:
    """Run in development mode on loopback: no external service, a printed sign-in link."""
    settings = settings_of(config, port, Mode.DEVELOPMENT, "127.0.0.1")
    _refuse_unsafe(settings)
    _run(settings)


def _refuse_unsafe(settings: Settings) -> None:
    from dispatch_server.ops.preflight import refuse_unsafe

    with refusals_told():
        refuse_unsafe(settings)


def _refuse_nobody(settings: Settings) -> None:
    """In production nobody could ever sign in to a node without administrators."""
    import asyncio

    from dispatch_server.wiring.first_start import has_administrators

    with refusals_told():
        if not asyncio.run(has_administrators(settings)):
            stop(
                "还没有管理员。处理：dispatch-server init\n"
                "  There are no administrators yet. Cure: dispatch-server init"
            )


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
        stop(error.sentence)
