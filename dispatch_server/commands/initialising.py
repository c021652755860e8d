"""init: everything that a node needs before its first start in production."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch_server.commands.options import refusals_told, settings_of
from dispatch_server.settings import Settings

if TYPE_CHECKING:
    from dispatch_server.ops.first_start import Begun

UNIT = "/etc/systemd/system/dispatch.service"


def init(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Settings; written when missing.")] = None,
    public_url: Annotated[str, typer.Option(help="How others reach it: https://host:port.")] = "",
    data: Annotated[
        Path | None, typer.Option("--data", help="Its data folder, for a new settings file; default /var/lib/dispatch.")
    ] = None,
    without_organisation: Annotated[
        bool, typer.Option("--without-organisation", help="Do not import the files that the settings name.")
    ] = False,
    tls: Annotated[bool, typer.Option("--tls", help="Also make an authority and a certificate.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Even where the data folder holds something already.")] = False,
) -> None:
    """Set a node up: folders, keys, database, the first three administrators, the organisation. Asks nothing."""
    import asyncio

    from dispatch_server.ops.first_start import mark_done, write_settings
    from dispatch_server.runtime.world import World
    from dispatch_server.wiring.first_start import begin

    with refusals_told():
        if config is not None and not config.exists():
            write_settings(config, public_url, data)
        settings = settings_of(config)
        begun = asyncio.run(begin(settings, organisation=not without_organisation, over_something=yes))
    _tell_people(begun)
    with refusals_told():
        mark_done(settings, World())  # after the passwords were shown
    if tls:
        _make_tls(settings, public_url)
    _tell_next(settings, config, has_tls=tls)


def _tell_people(begun: "Begun") -> None:
    for line in begun.done:
        typer.echo(f"  {line}")
    if begun.administrators:
        typer.echo("\n管理员及一次性密码（只显示这一次）/ administrators and one-time passwords (shown this once):\n")
        for account, password in begun.administrators:
            typer.echo(f"    {account:<16} {password.reveal()}")
    for line in begun.left_out:
        typer.echo(f"  ! {line}", err=True)


def _make_tls(settings: Settings, public_url: str) -> None:
    from urllib.parse import urlsplit

    from dispatch_server.commands.tls import own_names, tell
    from dispatch_server.ops.certificates import TlsFolder
    from dispatch_server.runtime.world import World

    host = urlsplit(public_url).hostname
    typer.echo("")
    with refusals_told():
        names = [*([host] if host else []), *own_names(settings)]
        tell(TlsFolder(Path(settings.data_folder), World()).init(names))


def _tell_next(settings: Settings, config: Path | None, *, has_tls: bool) -> None:
    option = f" -c {config}" if config else ""
    steps = [
        ("两位管理员在场，封存密钥", "with two administrators, seal the keys", f"dispatch-server keys escrow{option}"),
        ("检查本机", "look at this machine", f"dispatch-server doctor{option}"),
        (
            "安装服务",
            "install the service",
            f"dispatch-server service print{option} > {UNIT}",
        ),
        ("启动", "start", f"dispatch-server serve{option}"),
    ]
    if not has_tls and not settings.server.tls_certificate:
        steps.insert(0, ("制作证书", "make a certificate", f"dispatch-server tls init{option}"))
    typer.echo("\n下一步 / what is next:\n")
    for number, (zh, en, command) in enumerate(steps, 1):
        typer.echo(f"  {number}. {zh} / {en}\n       {command}")
