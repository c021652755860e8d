"""The command line: names the commands; each family has its file in `commands`."""

import typer

from dispatch_server.audit.commands import audit
from dispatch_server.commands.archive import archive
from dispatch_server.commands.archive_import import import_card
from dispatch_server.commands.copying import backup, restore
from dispatch_server.commands.initialising import init
from dispatch_server.commands.keys import keys
from dispatch_server.commands.looking import doctor
from dispatch_server.commands.printing import openapi, service, settings
from dispatch_server.commands.running import dev, serve
from dispatch_server.commands.searching import search
from dispatch_server.commands.tls import tls

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="The dispatch server.", rich_markup_mode=None)
for command in (init, serve, dev, doctor, backup, restore, openapi, settings):
    cli.command()(command)
archive.command("import")(import_card)
families = {"audit": audit, "archive": archive, "tls": tls, "keys": keys, "service": service, "search": search}
for name, family in families.items():
    cli.add_typer(family, name=name)


def main() -> None:
    cli()
