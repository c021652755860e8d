"""Looks at everything that this node needs and says of each line that it is well, or the cure in one sentence."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from dispatch_server.kit.finding import Finding, Side, mend, needs_mending, well
from dispatch_server.ops import disk, keeping, machine, network
from dispatch_server.ops.keeping import look_at_certificate
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.world import World
from dispatch_server.settings import ServerSettings, Settings
from dispatch_server.web.page import console_folder

__all__ = ["examine", "examine_services", "look_at_certificate", "look_at_console", "needs_mending"]


def examine(settings: Settings, announced: Sequence[str], world: World) -> Iterator[Finding]:
    """What can be told without the loop; the cheap and the fundamental first."""
    yield from machine.look_at_python()
    yield from disk.look_at_folders(settings, world)
    yield from disk.look_at_space(settings.archive)
    yield from disk.look_at_speed(Path(settings.archive.folder), world)
    yield from machine.look_at_clock(world)
    yield from machine.look_at_limits(settings.media.socket_buffer_bytes)
    if network.is_running(settings.server):
        url = settings.server.url
        yield well(Side.HERE, f"服务正在运行：{url}", f"this server is running at {url}, so its ports were not tried")
    else:
        yield from network.look_at_ports(settings.server, settings.media)
    yield from network.look_at_addresses(settings.media, announced)
    yield from look_at_console(settings.server)
    yield from look_at_certificate(settings.server, world)
    if not settings.server.is_development:
        yield from keeping.look_at_secrets(settings)
        yield from keeping.look_at_escrow(settings, world)
        yield from keeping.look_at_backup(settings, world)


def look_at_console(server: ServerSettings) -> Iterator[Finding]:
    folder = console_folder(server)
    if folder is not None:
        yield well(Side.HERE, f"控制台已构建：{folder}", f"the console is built: {folder}")
    else:
        cure = "npm --prefix web_console ci && npm --prefix web_console run build"
        yield mend(Side.HERE, "控制台尚未构建", "the console is not built", cure)


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
        found.append(well(Side.SERVICE, f"数据库正常（{kind}）", f"the database answers ({kind})"))
    else:
        en = f"the database ({kind}): {trouble}"
        cure = "启动数据库，或更正 database.url", "start it, or correct database.url"
        found.append(mend(Side.SERVICE, f"数据库不可用（{kind}）", en, *cure))
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
        cure = "启动 Redis，或更正 redis.url", "start it, or correct redis.url"
        return mend(Side.SERVICE, "Redis 没有应答", f"Redis does not answer: {error}", *cure)
    finally:
        await client.aclose()
    return well(Side.SERVICE, "Redis 正常", "Redis answers")
