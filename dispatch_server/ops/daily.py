"""The backup of every day, and the eye on the certificate: what is late, failed or near its end is said and counted."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from dispatch_server.kit.errors import DispatchError
from dispatch_server.ops.backup import Backup, backups_in, made_utc_us
from dispatch_server.ops.certificates import RENEW_DAYS, days_left
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import BackupSettings, Settings

AGAIN_S = 900.0  # after a failure
LOOK_S = 86_400.0
_STEP_S = 60.0  # the wall clock may jump: look at it often
_LATE_US = 26 * 3_600_000_000
_log = log_of("backup")


def next_due(after_utc_us: int, at: str) -> int:
    """The next time that this machine's clock shows `at` ("03:30"): microseconds UTC."""
    local = datetime.fromtimestamp(after_utc_us / 1_000_000).astimezone()
    hour, minute = map(int, at.split(":"))
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None)
    if due <= local.replace(tzinfo=None):
        due += timedelta(days=1)
    return int(due.astimezone().timestamp() * 1_000_000)


class DailyBackup:
    def __init__(self, settings: Settings, threads: Threads, world: World) -> None:
        self._settings: BackupSettings = settings.backup
        self._backup = Backup(settings, world)
        self._threads = threads
        self._world = world
        self._folder = Path(settings.backup.folder)
        self.made = 0
        self.failed = 0
        self.newest_utc_us = 0
        self.newest_failed = False

    async def run(self) -> None:
        """For ever; begins with one when yesterday's is missing."""
        found = backups_in(self._folder)
        self.newest_utc_us = made_utc_us(found[0]) if found else 0
        now = self._world.utc_us()
        late = now - self.newest_utc_us > _LATE_US
        due = now if late else next_due(self.newest_utc_us, self._settings.at)
        while True:
            now = self._world.utc_us()
            if now >= due:
                done = await self.once()
                now = self._world.utc_us()
                due = next_due(now, self._settings.at) if done else now + int(AGAIN_S * 1_000_000)
            await asyncio.sleep(_STEP_S)

    async def once(self) -> bool:
        """Whether it was made."""
        try:
            async with asyncio.timeout(self._settings.longest_s):
                made = await self._threads.run(Kind.GENERAL, self._backup.make, self._folder, keep=self._settings.keep)
        except (DispatchError, OSError, TimeoutError) as error:
            self.failed += 1
            self.newest_failed = True
            _log.error("the backup failed", folder=str(self._folder), reason=str(error) or "it took too long")
            return False
        self.made += 1
        self.newest_failed = False
        self.newest_utc_us = made.manifest.made_utc_us
        _log.info("backup made", folder=str(made.folder), bytes=made.size, files=len(made.manifest.files))
        for warning in made.warnings:
            _log.warning(warning)
        return True

    def readings(self) -> Iterator[Reading]:
        age_s = (self._world.utc_us() - self.newest_utc_us) / 1_000_000 if self.newest_utc_us else float("inf")
        yield Reading("backup_age_seconds", age_s, "Time since the newest backup.", kind="gauge")
        yield Reading("backup_alarm", self.newest_failed, "1 while the newest try failed.", kind="gauge")
        yield Reading("backups", self.made, "Daily backups.", {"outcome": "made"})
        yield Reading("backups", self.failed, "Daily backups.", {"outcome": "failed"})


class CertificateWatch:
    """Says at start and each day that the certificate ends soon."""

    def __init__(self, certificate: Path, world: World) -> None:
        self._certificate = certificate
        self._world = world

    def days_left(self) -> float:
        try:
            return days_left(self._certificate, self._world.utc_us())
        except (OSError, ValueError):
            return float("nan")

    async def run(self) -> None:
        while True:
            left = self.days_left()
            if left < RENEW_DAYS:
                _log.warning("the certificate ends soon", days=round(left, 1), cure="dispatch-server tls renew")
            await asyncio.sleep(LOOK_S)

    def readings(self) -> Iterator[Reading]:
        yield Reading("certificate_days_left", self.days_left(), "Until the certificate ends.", kind="gauge")
