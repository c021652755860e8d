"""Brings the database's tables up to date at start; alembic is loaded only when there is something to do."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from dispatch_server.kit.errors import LocalFault
from dispatch_server.runtime.log import log_of

FOLDER = Path(__file__).parent / "migrations"
VERSIONS = FOLDER / "versions"
_LOCK = 0x44495350  # any number that only we use (PostgreSQL advisory lock)
_log = log_of("database")


class DatabaseTooNew(LocalFault):
    """It was made by a later version of this program, which we would damage."""

    def __init__(self, revisions: set[str]) -> None:
        super().__init__(
            "database_too_new", f"The database was made by a later version ({', '.join(sorted(revisions))})."
        )


def heads(versions: Path = VERSIONS) -> set[str]:
    """
    The newest revision of every slice, told by file names alone.

    A slice's changes are `versions/<slice>/<NNNN>_<words>.py` with revision `<slice>_<NNNN>`, one after the other.
    """
    return {sorted(known)[-1] for known in _revisions(versions).values()}


def _revisions(versions: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in versions.glob("*/[0-9][0-9][0-9][0-9]_*.py"):
        found.setdefault(file.parent.name, []).append(f"{file.parent.name}_{file.name[:4]}")
    return found


def bring_up_to_date(connection: Connection, versions: Path = VERSIONS) -> None:
    """Run within one transaction: all or nothing."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    present = _present(connection)
    known = {revision for revisions in _revisions(versions).values() for revision in revisions}
    if present - known:
        raise DatabaseTooNew(present - known)
    wanted = heads(versions)
    if present == wanted:
        return
    from alembic import command

    _log.info("bringing the database up to date", steps=sorted(wanted - present))
    command.upgrade(alembic_config(connection, versions), "heads")


def bring_up_to(connection: Connection, revisions: Iterable[str], versions: Path = VERSIONS) -> None:
    """The tables as they were at these revisions, in an empty database: what an older backup is put back into."""
    known = {revision for found in _revisions(versions).values() for revision in found}
    if set(revisions) - known:
        raise DatabaseTooNew(set(revisions) - known)
    from alembic import command

    for revision in sorted(revisions):
        command.upgrade(alembic_config(connection, versions), revision)


def revisions_of(connection: Connection) -> set[str]:
    """How far each slice's tables are."""
    return _present(connection)


def alembic_config(connection: Connection, versions: Path = VERSIONS) -> Any:
    """What alembic needs to know; also for the tests."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    config.set_main_option("recursive_version_locations", "true")
    config.attributes["connection"] = connection
    return config


def _present(connection: Connection) -> set[str]:
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return {row[0] for row in connection.execute(text("SELECT version_num FROM alembic_version"))}
