"""doctor: what to mend, on which side."""

import typer

from dispatch_server.commands.options import ConfigFile, settings_of
from dispatch_server.settings import Settings


def doctor(config: ConfigFile = None) -> None:
    """Look at this machine and this node, and say what to mend."""
    if examined(settings_of(config)):
        raise typer.Exit(1)


def examined(settings: Settings, *, for_tests: bool = True) -> bool:
    """Print every finding; whether one of them needs mending."""
    import asyncio

    from dispatch_server.ops import doctor, machine
    from dispatch_server.runtime.world import World
    from dispatch_server.wiring.addresses import announced_addresses

    findings = []
    for found in doctor.examine(settings, announced_addresses(settings.media), World()):
        findings.append(found)
        typer.echo(found.line())
    services = asyncio.run(doctor.examine_services(settings))
    for found in [*services, *(machine.look_at_test_packages() if for_tests else ())]:
        typer.echo(found.line())
    return doctor.needs_mending([*findings, *services])
