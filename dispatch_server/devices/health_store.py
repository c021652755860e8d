"""How terminals were, every few minutes, for some weeks."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Row, String, Table, delete, func, insert, select

from dispatch_server.devices.health import Health, Position
from dispatch_server.runtime.database import METADATA, Database

terminal_health = Table(
    "terminal_health",
    METADATA,
    Column("terminal", String(8), primary_key=True),
    Column("utc_us", BigInteger, primary_key=True),
    Column("figures", String(1000), nullable=False),  # JSON: read whole, never searched
    Column("troubles", String(200), nullable=False),
    Index("ix_terminal_health_utc_us", "utc_us"),
)


class HealthStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, rows: Sequence[tuple[str, Health, Sequence[str]]]) -> None:
        """A repeated moment of a terminal replaces the earlier row."""
        async with self._database.transaction() as connection:
            for number, health, troubles in rows:
                same = (terminal_health.c.terminal == number) & (terminal_health.c.utc_us == health.utc_us)
                await connection.execute(delete(terminal_health).where(same))
                await connection.execute(
                    insert(terminal_health).values(
                        terminal=number,
                        utc_us=health.utc_us,
                        figures=_written(health),
                        troubles=" ".join(sorted(troubles)),
                    )
                )

    async def history(self, number: str, from_utc_us: int, most: int) -> list[tuple[Health, list[str]]]:
        """Newest first."""
        query = (
            select(terminal_health)
            .where(terminal_health.c.terminal == number, terminal_health.c.utc_us >= from_utc_us)
            .order_by(terminal_health.c.utc_us.desc())
            .limit(most)
        )
        async with self._database.reading() as connection:
            return [_read(row) for row in await connection.execute(query)]

    async def newest(self) -> dict[str, tuple[Health, list[str]]]:
        """Of each terminal, for a server that starts."""
        last = (
            select(terminal_health.c.terminal, func.max(terminal_health.c.utc_us).label("utc_us"))
            .group_by(terminal_health.c.terminal)
            .subquery()
        )
        query = select(terminal_health).join(
            last, (terminal_health.c.terminal == last.c.terminal) & (terminal_health.c.utc_us == last.c.utc_us)
        )
        async with self._database.reading() as connection:
            return {row.terminal: _read(row) for row in await connection.execute(query)}

    async def purge(self, before_utc_us: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(terminal_health).where(terminal_health.c.utc_us < before_utc_us))


def _written(health: Health) -> str:
    figures = {name: value for name, value in asdict(health).items() if value is not None and name != "utc_us"}
    return json.dumps(figures, ensure_ascii=False, separators=(",", ":"))


def _read(row: Row[Any]) -> tuple[Health, list[str]]:
    figures = json.loads(row.figures)
    position = figures.pop("position", None)
    health = Health(row.utc_us, **figures)
    if position is not None:
        health = replace(health, position=Position(**position))
    return health, row.troubles.split()
