"""Looks at everything that this node needs and says of each line that it is well, or the cure in one sentence."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch_server.ops import machine, network
from dispatch_server.ops.finding import Finding, Verdict, mend, note, well
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.world import World
from dispatch_server.settings import ServerSettings, Settings
from dispatch_server.web.page import console_folder

CERTIFICATE_DAYS = 14


def examine(settings: Settings, announced: Sequence[str], world: World) -> Iterator[Finding]:
    """What can be told without the loop; the cheap and the fundamental first."""
    yield from machine.look_at_python()
    yield from machine.look_at_folders(settings, world)
    yield from machine.look_at_space(settings.archive)
    yield from machine.look_at_clock(world)
    yield from machine.look_at_limits(settings.media.socket_buffer_bytes)
    if network.is_running(settings.server):
        yield well(f"this server is running at {settings.server.url}, so its ports were not tried")
    else:
        yield from network.look_at_ports(settings.server, settings.media)
    yield from network.look_at_addresses(settings.media, announced)
    yield from look_at_console(settings.server)
    yield from look_at_certificate(settings.server, world)


def look_at_console(server: ServerSettings) -> Iterator[Finding]:
    folder = console_folder(server)
    if folder is not None:
        yield well(f"the console is built: {folder}")
    else:
        yield mend("the console is not built", "npm --prefix web_console ci && npm --prefix web_console run build")


def look_at_certificate(server: ServerSettings, world: World) -> Iterator[Finding]:
    """Browsers give no camera to a page without TLS, unless it is on localhost."""
    if not server.tls_certificate:
        if not server.is_development and not server.url.startswith(("https:", "http://localhost", "http://127.")):
            yield note(
                "plain HTTP: browsers give neither camera nor microphone to such a page",
                "set server.tls_certificate and server.tls_key, or put a proxy with TLS before it and set public_url",
            )
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server.tls_certificate, server.tls_key)
        ends = _end_of(Path(server.tls_certificate))
    except (OSError, ValueError) as error:
        yield mend(f"the certificate cannot be used: {error}", "give both PEM files of one key pair in the settings")
        return
    left = ends - datetime.fromtimestamp(world.utc_us() / 1_000_000, UTC)
    if left < timedelta(0):
        yield mend(f"the certificate ended on {ends:%Y-%m-%d}", "get a new one")
    elif left < timedelta(days=CERTIFICATE_DAYS):
        yield note(f"the certificate ends on {ends:%Y-%m-%d}", "get a new one")
    else:
        yield well(f"the certificate holds until {ends:%Y-%m-%d}")


def _end_of(file: Path) -> datetime:
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc


async def examine_services(settings: Settings) -> list[Finding]:
    """The database, and Redis where there is one."""
    from dispatch_server.kit.errors import DispatchError
    from dispatch_server.runtime.database import Database

    found: list[Finding] = []
    database = Database(settings.database, Counters())
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        async with database.opened():
            trouble = await database.check()
    except DispatchError as error:
        trouble = error.sentence
    if trouble is None:
        found.append(well(f"the database answers ({kind})"))
    else:
        found.append(mend(f"the database ({kind}): {trouble}", "start it, or correct database.url"))
    if settings.redis.url:
        found.append(await _look_at_redis(settings))
    return found


async def _look_at_redis(settings: Settings) -> Finding:
    import redis.asyncio as redis
    from redis.exceptions import RedisError

    wait_s = settings.redis.connect_s
    client = redis.from_url(settings.redis.url.reveal(), socket_connect_timeout=wait_s, socket_timeout=wait_s)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return mend(f"Redis does not answer: {error}", "start it, or correct redis.url")
    finally:
        await client.aclose()
    return well("Redis answers")


def needs_mending(findings: Sequence[Finding]) -> bool:
    return any(finding.verdict is Verdict.MEND for finding in findings)
