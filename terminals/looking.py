"""The terminal's doctor over the settings: the way to the server first, then media with this terminal's own key."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.finding import Finding, Side, needs_mending, note
from terminals.doctor import Target, examine
from terminals.settings import TerminalSettings
from terminals.settings_file import TerminalSettingsWrong, load


async def findings(config: Path, url: str = "") -> AsyncIterator[Finding]:
    """TerminalSettingsWrong when the settings or the address cannot be used."""
    settings = load(config) if config.exists() or not url else TerminalSettings()
    from terminals.master.looking import look_at_master
    from terminals.master.on_board import is_enrolled

    url = url or _address(settings)
    try:
        target = Target.of(url, settings.server.ca_file)
    except ValueError as error:
        raise TerminalSettingsWrong(str(error)) from None
    if is_enrolled(settings):
        for finding in await asyncio.to_thread(lambda: list(look_at_master(settings))):
            yield finding
    found = []
    for finding in await asyncio.to_thread(lambda: list(examine(target))):
        found.append(finding)
        yield finding
    if needs_mending(found):
        return
    async for finding in _media(settings, url):
        yield finding


def _address(settings: TerminalSettings) -> str:
    """An enrolled device knows its server."""
    from terminals.device_key import DeviceKey

    key_file = Path(settings.server.device_key_file).expanduser()
    return DeviceKey.read(key_file).server if key_file.exists() else settings.server.url


async def _media(settings: TerminalSettings, url: str) -> AsyncIterator[Finding]:
    from dispatch_server.media.link.certificate import make_certificate
    from terminals import world
    from terminals.media_check import examine_media
    from terminals.way_in import way_in

    certificate = make_certificate(world.chance, world.utc_us())
    fingerprint = f"{certificate.fingerprint.algorithm} {certificate.fingerprint.digest}"
    server = settings.server.model_copy(update={"url": url})
    try:
        way = way_in(server, fingerprint)
    except LocalFault as error:
        zh = "终端尚未注册，也没有发布密钥，未检查媒体端口"
        yield note(Side.HERE, zh, f"media was not tried: {error.sentence}", "--config FILE")
        return
    try:
        async for finding in examine_media(way.client, certificate, server.local_host):
            yield finding
    finally:
        await way.client.close()
        await way.close()
