"""Connects terminals' masters: the node's keys, the register's device keys, the archive's folders and their space."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.seals.evidence_key import KEY_NAME, EvidenceKey
from dispatch_server.archive.seals.key_record import EvidenceKeys, KnownKey
from dispatch_server.archive.space import SpaceWatch
from dispatch_server.archive.uploads.assembly import Outside, UploadsPart, assemble
from dispatch_server.archive.uploads.importing import Importing
from dispatch_server.archive.uploads.keys import FILE, KEY_BYTES, FootageKeys
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.ports import DeviceKeysPort, SpacePort
from dispatch_server.archive.uploads.tus_ring import TusRing
from dispatch_server.devices.assembly import DevicesRoom
from dispatch_server.devices.jose import public_key_of
from dispatch_server.devices.ports import RegisterStorePort
from dispatch_server.devices.store import RegisterStore
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.protocol.masters import KeyChange
from dispatch_server.protocol.seals import PublicKey
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.wiring.archive import archive_folder
from dispatch_server.wiring.archive import limits_of as archive_limits

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

_log = log_of("uploads")


@dataclass(frozen=True, slots=True)
class RegisterKeys:
    """The register, as a master's seal asks it."""

    store: RegisterStorePort

    async def public_key(self, terminal: str, thumbprint: str) -> PublicKey | None:
        key = await self.store.key_ever_of(terminal, thumbprint)
        return public_key_of(key.public_jwk).key.public_key if key is not None else None  # type: ignore[return-value]

    async def keys_of(self, terminal: str) -> dict[str, PublicKey]:
        keys = [public_key_of(key.public_jwk).key for key in await self.store.keys_ever_of(terminal)]
        return {key.thumbprint(): key.public_key for key in keys}  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """Both keys of this node, from its ring; made at the first start."""

    ring: KeyRing
    world: World
    known: Callable[[], Sequence[KnownKey]] = lambda: ()  # every evidence key, oldest first

    def footage(self) -> FootageKeys:
        changes = tuple(change_of(one) for one in self.known())
        return FootageKeys.of(self.ring.bytes_of(FILE, lambda: self.world.chance(KEY_BYTES)), changes)

    def evidence(self) -> EvidenceKey:
        return EvidenceKey.of(self.ring.bytes_of(KEY_NAME, lambda: self.world.chance(KEY_BYTES)))


def change_of(known: KnownKey) -> KeyChange:
    """As a terminal is told of it."""
    return KeyChange.model_validate(json.loads(known.line()))


def wire_uploads(wiring: "Wiring", archive: ArchiveRoom, devices: DevicesRoom, evidence: EvidenceKeys) -> UploadsPart:
    """Terminals' masters. They open after archive, seals and register."""
    keys = NodeKeys(wiring.keys, wiring.world, lambda: evidence.known)

    part = assemble(
        _outside(wiring, archive.archive.space, RegisterKeys(devices.parts.devices.store), keys),
        archive.archive.roots,
        limits_of(wiring.settings),
    )
    devices.parts.footage_key = lambda: keys.footage().given(keys.evidence())
    wiring.routers.extend(part.routers())
    wiring.rings.append(Middleware(TusRing))
    wiring.counters.collect_from(part.readings)

    async def open_uploads(scope: TaskScope) -> None:
        keys.footage(), keys.evidence()  # made at the first start, not at the first question
        await part.open()
        scope.start("uploads upkeep", part.upkeep.run)

    wiring.openings.append(open_uploads)
    return part


def _outside(wiring: "Wiring", space: SpacePort, device_keys: DeviceKeysPort, keys: NodeKeys) -> Outside:
    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("uploads")
        _log.error("something failed", where=where, exc_info=error)

    return Outside(
        world=wiring.world,
        bus=wiring.bus,
        database=wiring.database,
        threads=wiring.threads,
        recorder=wiring.recorder,
        space=space,
        device_keys=device_keys,
        footage=keys.footage,
        evidence=keys.evidence,
        report=report,
    )


def limits_of(settings: Settings) -> UploadLimits:
    """The bounds of uploads, as the settings say."""
    uploads = settings.uploads
    return UploadLimits(
        upload_bytes=uploads.upload_bytes,
        uploads_of_terminal=uploads.uploads_of_terminal,
        bytes_of_terminal=uploads.bytes_of_terminal,
        uploads=uploads.uploads,
        bytes_in_all=uploads.bytes_in_all,
        chunk_s=uploads.chunk_s,
        expires_s=uploads.expires_s,
        looked_into=uploads.looked_into,
        masters_of_terminal=uploads.masters_of_terminal,
        silent_days=float(uploads.silent_days),
        part_bytes=max(settings.archive.fragment_bytes, 1 << 20) + (1 << 20),
    )


@dataclass(frozen=True, slots=True)
class RegisteredTerminals:
    """The register in the database, for a command that opens no rooms."""

    store: RegisterStore

    async def caller(self, number: str) -> TerminalCaller | None:
        found, _ = await self.store.all()
        terminal = next((one for one in found if one.number == number), None)
        return TerminalCaller(number, terminal.name, terminal.department, "card") if terminal is not None else None


async def import_folder(
    settings: Settings, folder: Path, tell: Callable[[list[str]], None], *, unsealed: bool, receipts: bool
) -> bool:
    """A card, beside the running server or without it. Its uploads are not touched: a card has files of its own."""
    from dispatch_server.wiring import wire_ground

    wiring, _ = wire_ground(settings, World(), Counters())
    roots, limits = [archive_folder(settings)], archive_limits(settings)
    space, keys = SpaceWatch(roots, limits.space), NodeKeys(wiring.keys, wiring.world)
    store = RegisterStore(wiring.database)
    part = assemble(
        _outside(wiring, space, RegisterKeys(store), keys),
        roots,
        limits_of(settings),
    )
    importing = Importing(part.announcing, part.ending, RegisteredTerminals(store), unsealed, receipts)
    async with wiring.opened():
        roots[0].mkdir(mode=0o700, parents=True, exist_ok=True)
        space.check()
        return await importing.run(folder, lambda report: tell(list(report.lines())))
