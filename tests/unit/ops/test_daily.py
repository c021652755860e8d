"""When the daily backup is due, also across a change of clocks; and that a failure is counted and tried again."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch_server.ops.daily import CertificateWatch, DailyBackup, next_due
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import BackupSettings, Settings, ThreadSettings
from dispatch_server.settings.loading import with_folders
from tests.worlds import TestWorld


@pytest.fixture(params=["Asia/Shanghai", "UTC", "Europe/Berlin"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def utc_us(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1e6)  # type: ignore[misc, arg-type]


def test_the_next_time_is_within_a_day_and_shows_the_time_on_the_clock(zone: str) -> None:
    for day in (utc_us(2026, 3, 28, 12), utc_us(2026, 10, 24, 12), utc_us(2026, 11, 25, 3, 30)):
        due = next_due(day, "03:30")
        assert day < due <= day + 25 * 3_600_000_000
        assert time.strftime("%H:%M", time.localtime(due / 1e6)) == "03:30"


def test_exactly_then_is_tomorrow(zone: str) -> None:
    due = next_due(utc_us(2026, 11, 25, 12), "03:30")
    assert next_due(due, "03:30") == due + 24 * 3_600_000_000
    assert next_due(due - 1_000_000, "03:30") == due


async def test_a_backup_that_fails_is_an_alarm_until_one_succeeds(tmp_path: Path) -> None:
    settings = with_folders(
        Settings(data_folder=str(tmp_path / "var"), backup=BackupSettings(folder=str(tmp_path / "backups")))
    )
    threads = Threads(ThreadSettings(), Counters())
    async with threads.opened():
        daily = DailyBackup(settings, threads, TestWorld())
        assert not await daily.once()  # there is no database yet
        found = {(reading.name, *reading.labels.values()): reading.value for reading in daily.readings()}
        assert found["backup_alarm",] == 1
        assert found["backups", "failed"] == 1
        assert found["backup_age_seconds",] == float("inf")


async def test_a_certificate_that_is_not_there_is_no_figure(tmp_path: Path) -> None:
    watch = CertificateWatch(tmp_path / "none", TestWorld())
    assert watch.days_left() != watch.days_left()
    task = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    task.cancel()
