"""The command line of the search: `dispatch-server search rebuild`."""

from typing import TYPE_CHECKING

import typer

from dispatch_server.commands.options import ConfigFile, refusals_told, settings_of

if TYPE_CHECKING:
    from dispatch_server.settings import Settings

search = typer.Typer(no_args_is_help=True, help="The search for recordings.", rich_markup_mode=None)


@search.callback()
def _group() -> None:
    """The search for recordings."""


@search.command()
def rebuild(config: ConfigFile = None) -> None:
    """Make all rows of the search anew, from what the rooms say; meanwhile a running server finds only a part."""
    import asyncio

    settings = settings_of(config)
    with refusals_told():
        count = asyncio.run(_rebuilt(settings))
    typer.echo(f"检索已重建 search rebuilt: {count} 条录像 recordings")


async def _rebuilt(settings: "Settings") -> int:
    from dispatch_server.runtime.counters import Counters
    from dispatch_server.runtime.world import World
    from dispatch_server.wiring import wire_ground
    from dispatch_server.wiring.cases import wire_cases
    from dispatch_server.wiring.live import read_departments
    from dispatch_server.wiring.org import wire_org
    from dispatch_server.wiring.reports import feeder_of

    wiring, _ = wire_ground(settings, World(), Counters())
    org = wire_org(wiring).org
    feeder = feeder_of(wiring, wire_cases(wiring, org, read_departments(settings)))
    async with wiring.database.opened():
        return await feeder.rebuild()
