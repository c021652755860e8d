"""Connects terminals' masters: the node's keys, the register's device keys, the archive's folders and their space."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.seals.evidence_key import KEY_NAME, EvidenceKey
from dispatch_server.archive.uploads.assembly import Outside, UploadsPart, assemble
from dispatch_server.archive.uploads.keys import FILE, KEY_BYTES, FootageKeys
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.tus_ring import TusRing
from dispatch_server.devices.assembly import DevicesRoom
from dispatch_server.devices.jose import public_key_of
from dispatch_server.devices.ports import RegisterStorePort
from dispatch_server.protocol.seals import PublicKey
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings

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


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """Both keys of this node, from its ring; made at the first start."""

    ring: KeyRing
    world: World

    def footage(self) -> FootageKeys:
        return FootageKeys.of(self.ring.bytes_of(FILE, lambda: self.world.chance(KEY_BYTES)))

    def evidence(self) -> EvidenceKey:
        return EvidenceKey.of(self.ring.bytes_of(KEY_NAME, lambda: self.world.chance(KEY_BYTES)))


def wire_uploads(wiring: "Wiring", archive: ArchiveRoom, devices: DevicesRoom) -> UploadsPart:
    """Terminals' masters. They open after archive and register."""
    keys = NodeKeys(wiring.keys, wiring.world)

    def report(where: str, error: BaseException) -> None:
        _log.error("something failed", where=where, exc_info=error)

    part = assemble(
        Outside(
            world=wiring.world,
            bus=wiring.bus,
            database=wiring.database,
            threads=wiring.threads,
            recorder=wiring.recorder,
            space=archive.archive.space,
            device_keys=RegisterKeys(devices.parts.devices.store),
            footage=keys.footage,
            evidence=keys.evidence,
            report=report,
        ),
        archive.archive.roots,
        limits_of(wiring.settings),
    )
    devices.parts.evidence_key = lambda: keys.footage().public_key
    wiring.routers.extend(part.routers())
    wiring.rings.append(Middleware(TusRing))
    wiring.counters.collect_from(part.readings)

    async def open_uploads(scope: TaskScope) -> None:
        keys.footage(), keys.evidence()  # made at the first start, not at the first question
        await part.open()
        scope.start("uploads upkeep", part.upkeep.run)

    wiring.openings.append(open_uploads)
    return part


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
