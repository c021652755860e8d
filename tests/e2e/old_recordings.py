"""Recordings of years ago in a running server's database, as sealed ones stand there; they have no files."""

import sqlite3
from pathlib import Path

from tests.e2e.node import utc_us

DAY_US = 86_400_000_000
DATABASE = "dispatch.sqlite3"
INSERT = """INSERT INTO recordings
 (id, stream_id, source, department, state, opened_utc_us, ended_utc_us, closed_utc_us, reason, bytes, fragments,
  kept_us, gaps, thumbnail) VALUES (?, 'stream', ?, ?, 'sealed', ?, ?, ?, '', ?, 60, ?, 0, 0)"""


def write_old(folder: Path, department: str, days: list[int], first: int = 1) -> list[str]:
    """One for each age; their ids, oldest first when the ages fall."""
    made = []
    with sqlite3.connect(folder / DATABASE, timeout=20) as database:
        for number, age in enumerate(days, first):
            identity, opened = f"0190aaaa-0000-7000-8000-{number:012}", utc_us() - age * DAY_US
            ended = opened + 1_800_000_000
            row = (identity, f"T{department[:2]}01", department, opened, ended, ended, 900_000_000, 1_800_000_000)
            database.execute(INSERT, row)
            made.append(identity)
    database.close()
    return made


def end_waiting(folder: Path, destruction: str) -> None:
    """The days of waiting are over a minute ago."""
    with sqlite3.connect(folder / DATABASE, timeout=20) as database:
        database.execute(
            "UPDATE retention_lists SET purge_utc_us = ? WHERE id = ?", (utc_us() - 60_000_000, destruction)
        )
    database.close()
