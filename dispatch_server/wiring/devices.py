"""Connects the terminals' register: departments, officers, the ledger's heads, and what ends with a key."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch_server.audit.assembly import AuditRoom
from dispatch_server.audit.model import SignedHead
from dispatch_server.devices.assembly import DevicesRoom, Outside, assemble
from dispatch_server.devices.health import Thresholds
from dispatch_server.devices.limits import DeviceLimits
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.errors import DispatchError
from dispatch_server.live.assembly import LiveRoom
from dispatch_server.live.model import State
from dispatch_server.live.roster import Roster
from dispatch_server.ops.certificates import TlsFolder
from dispatch_server.org.service import OrgService
from dispatch_server.protocol.terminal import Heartbeat, LedgerHead
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.signals.hub import Hub
from dispatch_server.signals.model import Side
from dispatch_server.wiring.roster import OrgDepartments, OrgOfficers

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

TOKEN_KEY = "terminal_tokens"  # noqa: S105 - a file's name; nodes behind one address share the file
REVOKED_MEANWHILE_US = 86_400_000_000
MEDIA_IS_FRESH_S = 10.0
MICROSECONDS = 1_000_000
_log = log_of("devices")


def wire_devices(wiring: "Wiring", org: OrgService, roster: Roster) -> DevicesRoom:
    """The register. It opens before the live room, which asks it who is there."""
    settings = wiring.settings

    def report(where: str, error: BaseException) -> None:
        _log.error("something failed", where=where, exc_info=error)

    room = assemble(
        Outside(
            world=wiring.world,
            bus=wiring.bus,
            database=wiring.database,
            departments=OrgDepartments(org, roster),
            officers=OrgOfficers(org),
            in_thread=partial(in_thread, wiring.threads),
            token_seed=lambda: wiring.keys.secret(TOKEN_KEY),
            report=report,
            recorder=wiring.recorder,
        ),
        limits_of(settings),
        settings.server.url,
        settings.devices.heartbeat_s,
    )
    room.parts.ca_fingerprint = partial(authority_fingerprint, settings, wiring.world)
    wiring.state["terminals"] = room
    wiring.routers.extend(room.routers())
    wiring.counters.collect_from(room.readings)

    async def open_devices(scope: TaskScope) -> None:
        await room.open()
        scope.defer("devices", room.upkeep.stop)
        scope.start("devices upkeep", room.upkeep.run)

    wiring.openings.append(open_devices)
    return room


def authority_fingerprint(settings: Settings, world: World) -> str:
    """By what a device knows this node again: its own authority, or nothing where TLS is somebody else's."""
    own = TlsFolder(Path(settings.data_folder), world)
    try:
        return own.show().authority_fingerprint if settings.server.tls_certificate == str(own.certificate) else ""
    except (DispatchError, OSError, ValueError):
        return ""  # `doctor` says what is wrong with it


def tell_devices(wiring: "Wiring", devices: DevicesRoom, live: LiveRoom) -> None:
    """Media is a sign of life; a key that ends takes its tokens, sessions and streams along."""
    devices.upkeep.sending = partial(sources_sending, live)
    devices.parts.devices.endings.listeners.append(live.live.holder_left)
    devices.parts.devices.also_ends.append(partial(end_publish_key, live))

    async def open_telling(scope: TaskScope) -> None:
        # Streams that were on air before a restart are back by now, as lost ones: not those of a revoked key.
        await devices.parts.devices.end_revoked(wiring.world.utc_us() - REVOKED_MEANWHILE_US)

    wiring.openings.append(open_telling)


def hear_devices(wiring: "Wiring", devices: DevicesRoom, hub: Hub, audit: AuditRoom) -> None:
    """Heartbeats come through the socket too; each answer hands the ledger's newest head to one more witness."""
    devices.parts.devices.endings.listeners.append(hub.disconnect)
    heartbeats = devices.parts.heartbeats

    def newest_head() -> LedgerHead | None:
        head = audit.heads.newest()
        return LedgerHead.model_validate(head.form()) if head is not None else None

    async def head_held(number: str, head: LedgerHead) -> None:
        """What a terminal holds is compared with the ledger; what is no head, or cannot be compared now, is passed."""
        with suppress(ValueError, DispatchError):
            await audit.heads.held_by(number, SignedHead.of(head.model_dump()))

    heartbeats.newest_head, heartbeats.head_held = newest_head, head_held
    hub.on(Heartbeat, "terminal.heartbeat", heartbeats.heartbeat, side=Side.TERMINAL)


async def end_publish_key(live: LiveRoom, number: str, caller: Caller) -> None:
    """A terminal that is not trusted any more does not publish by another key either."""
    key = live.keys.ring.valid_of(number)
    if key is not None:
        await live.keys.revoke(key.id, caller)


def sources_sending(live: LiveRoom) -> Iterable[str]:
    """Who sends media right now."""
    for stream in live.live.streams:
        if stream.state is State.LIVE:
            figures = live.live.media.stream_figures(stream.id)
            age_s = figures.last_media_age_s if figures is not None else None
            if age_s is not None and age_s < MEDIA_IS_FRESH_S:
                yield stream.source


async def in_thread(threads: Threads, function: Callable[..., Any], *arguments: Any) -> Any:
    return await threads.run(Kind.GENERAL, function, *arguments)


def limits_of(settings: Settings) -> DeviceLimits:
    """The register's bounds, as the settings say."""
    devices = settings.devices
    return DeviceLimits(
        terminals=devices.terminals,
        code_life_s=devices.code_s,
        code_tries=devices.code_tries,
        codes=devices.codes,
        tries_per_minute=devices.wrong_per_minute,
        tokens_per_minute=devices.tokens_per_minute,
        token_life_s=devices.token_s,
        clock_tolerance_s=devices.clock_tolerance_s,
        assertions=devices.assertions,
        lost_s=devices.lost_s,
        refresh_s=devices.refresh_s,
        save_s=devices.heartbeat_s,
        shift_s=devices.shift_s,
        longest_shift_s=devices.longest_shift_s,
        pin_tries=devices.pin_tries,
        pin_lock_s=devices.pin_lock_s,
        history_s=devices.history_s,
        history_days=devices.history_days,
        thresholds=Thresholds(
            battery_percent=(devices.battery_percent, devices.battery_percent + 10),
            storage_percent=(devices.storage_percent, devices.storage_percent + 5),
            signal_dbm=(devices.signal_dbm, devices.signal_dbm + 5),
            temperature_c=(devices.temperature_c, devices.temperature_c - 5),
            clock_us=(devices.clock_s * MICROSECONDS, devices.clock_s * MICROSECONDS / 2),
        ),
    )
