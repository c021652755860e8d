"""tls init, renew and show: the node's own authority and certificate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dispatch_server.commands.options import ConfigFile, refusals_told, settings_of
from dispatch_server.settings import Settings

if TYPE_CHECKING:
    from dispatch_server.ops.certificates import Shown, TlsFolder

tls = typer.Typer(no_args_is_help=True, help="The node's own authority and certificate.")
MoreNames = Annotated[list[str] | None, typer.Option("--name", help="Another host name or address; may be repeated.")]


@tls.command()
def init(
    config: ConfigFile = None,
    name: MoreNames = None,
    replace: Annotated[bool, typer.Option("--replace", help="A new authority: every device must get it anew.")] = False,
) -> None:
    """Make an authority (10 years) and a server certificate (1 year)."""
    settings = settings_of(config)
    with refusals_told():
        tell(_folder(settings).init([*own_names(settings), *(name or ())], replace=replace))
    typer.echo(
        "\n请把上面的 CA 文件 (ca.crt) 导入每台指挥电脑和终端，并核对指纹；重启服务后即使用 HTTPS。\n"
        "Import the CA file (ca.crt) on every console and terminal, compare the fingerprint; then restart."
    )


@tls.command()
def renew(
    config: ConfigFile = None,
    name: MoreNames = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="With a new key as well.")] = False,
) -> None:
    """Renew the server certificate for a year; a server that runs takes it within seconds."""
    settings = settings_of(config)
    with refusals_told():
        tell(_folder(settings).renew(name or (), new_key=new_key))
    typer.echo("\n正在运行的服务会在几秒内自动使用新证书，无需重启。\nA server that runs takes it within seconds.")


@tls.command()
def show(config: ConfigFile = None) -> None:
    """Print names, ends and the authority's fingerprint."""
    with refusals_told():
        tell(_folder(settings_of(config)).show())


def own_names(settings: Settings) -> list[str]:
    """By what others reach this machine: the public address, the announced ones, its name and its own addresses."""
    import socket
    from urllib.parse import urlsplit

    from dispatch_server.wiring.addresses import announced_addresses

    named = [urlsplit(settings.server.url).hostname or "", settings.server.host, *settings.media.announced_addresses]
    found = [*named, socket.gethostname(), *announced_addresses(settings.media)]
    return list(dict.fromkeys(word for word in found if word and not word.endswith("(none)")))


def tell(shown: "Shown") -> None:
    typer.echo(f"CA 证书 authority      {shown.authority}  (至 until {shown.authority_ends:%Y-%m-%d})")
    typer.echo(f"CA 指纹 SHA-256        {shown.authority_fingerprint}")
    typer.echo(f"服务器证书 certificate {shown.certificate}  (至 until {shown.ends:%Y-%m-%d})")
    typer.echo(f"名称 names             {', '.join(shown.names.words())}")


def _folder(settings: Settings) -> "TlsFolder":
    from dispatch_server.ops.certificates import TlsFolder
    from dispatch_server.runtime.keys import KeyRing
    from dispatch_server.runtime.world import World

    world, data = World(), Path(settings.data_folder)
    KeyRing(data, world).open()
    return TlsFolder(data, world)
