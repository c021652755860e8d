"""What the commands have in common: their options, the settings, and how a refusal is said."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dispatch_server.kit.errors import DispatchError
from dispatch_server.settings import Mode, Settings
from dispatch_server.settings.loading import load

ConfigFile = Annotated[Path | None, typer.Option("--config", "-c", help="YAML file; default config/server.yaml.")]
PortNumber = Annotated[int | None, typer.Option("--port", help="HTTP port, instead of the settings'.")]


def settings_of(config: Path | None, port: int | None = None, mode: Mode | None = None, host: str = "") -> Settings:
    """The settings, with these options above them; ends the program when they are wrong."""
    server: dict[str, Any] = {"port": port, "mode": mode, "host": host or None}
    with refusals_told():
        return load(config, {"server": {key: value for key, value in server.items() if value is not None}})


@contextmanager
def refusals_told() -> Iterator[None]:
    """What we refuse on purpose is a sentence and the exit code 2, not a stack."""
    try:
        yield
    except DispatchError as error:
        stop(error.sentence)
    except OSError as error:
        stop(str(error))


def stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


def asked_in_secret(question: str) -> str:
    """A line that is not shown while it is typed; from a pipe when there is no person."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    from getpass import getpass

    return getpass(f"{question}: ").strip()
