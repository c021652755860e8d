"""What is done once, before the first start in production; the rooms that make people and departments are asked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import yaml

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.files import create_whole, make_private_folder
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings

MARK = "initialised"
DATA_FOLDER, PORT = Path("/var/lib/dispatch"), 8443


class InitRefused(LocalFault):
    """It was done already, or the ground is not as it must be."""


class AdministratorsPort(Protocol):
    async def has_people(self) -> bool: ...

    async def create_first_administrators(self) -> Sequence[tuple[str, str]]:
        """(account, one-time password) of system, security and audit administrator; refused when there are people."""


@dataclass(slots=True)
class Begun:
    """What was done, who may sign in now, and what was left out and why."""

    done: list[str] = field(default_factory=list)
    administrators: list[tuple[str, Secret]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def refuse_twice(settings: Settings, *, over_something: bool) -> None:
    """InitRefused when a node was set up in this data folder, or when something else lies there."""
    data = Path(settings.data_folder)
    if (data / MARK).exists():
        sentence = (
            f"{data} 已经初始化过。\n  {data} was set up already. To look at it: dispatch-server doctor. "
            "A node on another folder: set data_folder."
        )
        raise InitRefused("initialised", sentence)
    if not over_something and data.is_dir() and any(path.name != "lost+found" for path in data.iterdir()):
        sentence = (
            f"{data} 不是空目录；确认无误后加 --yes。\n  {data} is not empty. Cure: name another data_folder, or --yes "
            "if it is this node's (keys and rows that are there are kept)."
        )
        raise InitRefused("not_empty", sentence)


def mark_done(settings: Settings, world: World) -> None:
    create_whole(Path(settings.data_folder) / MARK, [f"{world.utc_us()}\n".encode()], f".{MARK}")


def write_settings(file: Path, public_url: str, data_folder: Path | None = None) -> None:
    """
    A settings file for others to reach this node, readable by nobody else; FileExistsError.

    It listens where the public address says; that of a proxy is another one, and is mended in the file.
    """
    content = {
        "data_folder": str(data_folder.absolute() if data_folder is not None else DATA_FOLDER),
        "server": {
            "host": "0.0.0.0",  # noqa: S104
            "port": _port_in(public_url) or PORT,
            **({"public_url": public_url} if public_url else {}),
        },
    }
    make_private_folder(file.absolute().parent)
    text = "# Every key: dispatch-server settings\n" + yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    create_whole(file.absolute(), [text.encode()], f".{file.name}.part")


def _port_in(public_url: str) -> int | None:
    try:
        return urlsplit(public_url).port
    except ValueError:
        raise InitRefused("public_url_wrong", f"{public_url}: --public-url https://HOST:PORT") from None
