"""What the engine would announce, for whoever is not the engine."""

from dispatch_server.engine.addresses import announced
from dispatch_server.settings import MediaSettings


def announced_addresses(settings: MediaSettings) -> list[str]:
    return announced(settings.host, settings.announced_addresses)
