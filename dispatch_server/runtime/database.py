"""The database: SQLite on one node, PostgreSQL on several, behind two kinds of transaction and one refusal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import MetaData, event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolEmpty
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dispatch_server.kit.errors import Invalid, LocalFault, Unavailable
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.migrating import bring_up_to_date
from dispatch_server.settings import DatabaseSettings

# Every slice's store.py declares its tables here.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
CHECKED_BYTES = 64 * 1024 * 1024  # a larger SQLite file is not read through at start
RETRY_AFTER_S = 2
# Connection, resources, intervention (also: statement cancelled), system; lock not available; deadlock.
_AWAY_STATES = ("08", "53", "57", "58", "55P03", "40P01", "40001")
_NO_CHARACTER = "22021"  # a NUL: PostgreSQL takes none in a text, SQLite takes it
_WRITES = "dispatch_writes"  # execution option: this transaction is going to write
_log = log_of("database")


class DatabaseAway(Unavailable):
    """It does not answer, or not in time; nothing was written."""

    def __init__(self) -> None:
        super().__init__("database_unavailable", "The database does not answer.", retry_after_s=RETRY_AFTER_S)


class TextUnacceptable(Invalid):
    """The room's own bounds should have refused it before."""

    def __init__(self) -> None:
        super().__init__("text_unacceptable", "A text holds a character that cannot be kept.")


class DatabaseBroken(LocalFault):
    """Its content cannot be trusted: this node does not start with it."""


class Database:
    """
    `async with database.transaction() as connection` commits at its end, or rolls back when an exception leaves it.

    Whatever says that the database is away or busy too long becomes DatabaseAway; IntegrityError and the like pass.
    """

    def __init__(self, settings: DatabaseSettings, counters: Counters) -> None:
        self.url = make_url(settings.url.reveal())
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._settings = settings
        self._counters = counters
        self._engine: AsyncEngine | None = None
        self._writer = asyncio.Lock()  # SQLite has one writer: queue here instead of polling for its lock

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Database"]:
        """Connect, check, migrate; close at the end."""
        self._engine = self._make_engine(self.url)
        try:
            if self.is_sqlite:
                await self._check_file()
            async with self.transaction() as connection:
                await connection.run_sync(bring_up_to_date)
            yield self
        finally:
            engine, self._engine = self._engine, None
            await engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """For writing: has the database to itself (SQLite) or sees what was committed (PostgreSQL)."""
        if not self.is_sqlite:
            async with self._begun(writes=True) as connection:
                yield connection
            return
        try:
            async with asyncio.timeout(self._settings.wait_s / 2):
                await self._writer.acquire()
        except TimeoutError:
            self._counters.dropped("database", "writer busy")
            raise DatabaseAway from None
        try:
            async with self._begun(writes=True) as connection:
                yield connection
        finally:
            self._writer.release()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One unchanging view for several queries; takes no lock."""
        async with self._begun(writes=False) as connection:
            yield connection

    async def check(self) -> str | None:
        """None when it answers, else what is wrong."""
        try:
            async with self.reading() as connection:
                await connection.execute(text("SELECT 1"))
        except DatabaseAway as error:
            return error.sentence
        return None

    @asynccontextmanager
    async def _begun(self, writes: bool) -> AsyncIterator[AsyncConnection]:
        if self._engine is None:
            raise DatabaseAway
        connection = self._engine.connect()
        try:
            await self._start(connection)
            try:
                await connection.execution_options(**{_WRITES: writes})
                async with connection.begin():
                    yield connection
            finally:
                await asyncio.shield(asyncio.ensure_future(connection.close()))
        except (DBAPIError, PendingRollbackError, PoolEmpty, ConnectionError, TimeoutError) as error:
            if _state_of(error) == _NO_CHARACTER:
                raise TextUnacceptable from error
            if not _means_away(error):
                raise
            self._away(error)

    async def _start(self, connection: AsyncConnection) -> None:
        try:
            await connection.start()
        except OSError as error:  # no such host, no such socket
            self._away(error)

    def _away(self, error: BaseException) -> NoReturn:
        self._counters.dropped("database", type(error).__name__)
        _log.warning("the database does not answer", error=str(error.__cause__ or error)[:500])
        raise DatabaseAway from error

    def _make_engine(self, url: URL) -> AsyncEngine:
        wait_s = self._settings.wait_s
        common: dict[str, Any] = {"pool_size": self._settings.pool, "max_overflow": 0, "pool_timeout": wait_s / 2}
        if self.is_sqlite:
            if url.database:
                Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                Path(url.database).touch(mode=0o600)
            engine = create_async_engine(url, **common)
            event.listen(engine.sync_engine, "connect", self._prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
            return engine
        milliseconds = str(int(self._settings.statement_s * 1000))
        settings = {
            "application_name": "dispatch",
            "statement_timeout": milliseconds,
            "lock_timeout": f"{int(wait_s * 500)}",
        }
        connect = {"timeout": wait_s / 2, "command_timeout": self._settings.statement_s, "server_settings": settings}
        return create_async_engine(url, pool_pre_ping=True, connect_args=connect, **common)

    def _prepare_sqlite(self, connection: DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own idea of transactions is not ours
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # NORMAL loses acknowledged rows in a power cut
            "foreign_keys=ON",
            f"busy_timeout={int(self._settings.wait_s * 500)}",
            "trusted_schema=OFF",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    async def _check_file(self) -> None:
        file = Path(self.url.database or "")
        if not file.is_file() or not file.stat().st_size:
            return
        pragma = "quick_check(1)" if file.stat().st_size <= CHECKED_BYTES else "schema_version"
        try:
            async with self.reading() as connection:
                found = (await connection.execute(text(f"PRAGMA {pragma}"))).scalar()
        except DBAPIError as error:
            found = str(error.orig)
        if isinstance(found, str) and found != "ok":
            sentence = f"{file} is damaged ({found}). Put it aside and restore a backup."
            raise DatabaseBroken("database_broken", sentence)


def _means_away(error: BaseException) -> bool:
    """True when the database, not the statement, is the trouble; PostgreSQL tells by the class of its SQLSTATE."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return True
    if state := _state_of(error):
        return state.startswith(_AWAY_STATES)
    return isinstance(error, OperationalError | InterfaceError | InternalError)


def _state_of(error: BaseException) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "") if isinstance(error, DBAPIError) else ""


def _begin_sqlite(connection: Connection) -> None:
    """A transaction that is to write takes the lock at once: a reader that turns writer may never get it."""
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
