"""Where a ledger is verified from: an exported file, a SQLite file, or a PostgreSQL, each only read."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from dispatch_server.audit.canonical import canonical, read
from dispatch_server.audit.export import END_FORM, EXPORT_FORM, end_form, header_form
from dispatch_server.audit.model import COLUMNS, SignedHead
from dispatch_server.audit.signing import is_signed
from dispatch_server.audit.verify import Report, Verifier
from dispatch_server.kit.errors import LocalFault

SQLITE_MAGIC = b"SQLite format 3\x00"
LINE_BYTES = 256 * 1024
HEADS = "SELECT log_id, number, size, root, utc_us, key, signature FROM ledger_heads ORDER BY number"
ACTS = f"SELECT leaf_index, line, leaf, {', '.join(COLUMNS)} FROM acts ORDER BY leaf_index"  # noqa: S608, constants
NODES = "SELECT level, node_index, hash FROM ledger_nodes"
STATE = "SELECT log_id, size, frontier, heads FROM ledger_state"


class NoLedger(LocalFault):
    """There is nothing here that could be verified."""

    def __init__(self, sentence: str) -> None:
        super().__init__("no_ledger", sentence)


@dataclass(frozen=True, slots=True)
class Outside:
    """What did not come with the ledger: heads of witnesses, and the keys that may have signed (none: any)."""

    heads: Sequence[SignedHead] = ()
    trusted: frozenset[bytes] = frozenset()

    def verifier(self, log_id: str, heads: Sequence[SignedHead]) -> Verifier:
        return Verifier(log_id, heads, self.heads, self.trusted)


def examine(path: Path, outside: Outside) -> Report:
    """A SQLite database or an exported file. Raises NoLedger when it is neither."""
    try:
        with path.open("rb") as file:
            is_database = file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC
            if not is_database:
                file.seek(0)
                return _examine_export(file, outside)
    except OSError as error:
        raise NoLedger(f"{path} cannot be read: {error.strerror}.") from None
    return _examine_sqlite(path, outside)


def _examine_sqlite(path: Path, outside: Outside) -> Report:
    """Its own integrity first: a flipped byte may hide where no row is read from."""
    report = Report()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
            connection.execute("BEGIN")
            damage = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if damage != "ok":
                report.found(f"the database file is damaged: {damage}")
            return _merged(report, _examine_rows(connection, outside))
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter: a damaged name within SQLite's own words
        if "no such table" in str(error) and report.is_good:
            raise NoLedger(f"{path} has no ledger in it: {error}.") from None
        report.found(f"the database file is damaged: {error}")
        return report


def _examine_rows(connection: sqlite3.Connection, outside: Outside) -> Report:
    states = connection.execute(STATE).fetchall()
    if len(states) != 1:
        report = Report()
        report.found(f"the ledger's state has {len(states)} rows instead of one")
        return report
    log_id, size, frontier, heads = states[0]
    verifier = outside.verifier(log_id, [_head(row) for row in connection.execute(HEADS)])
    for index, line, leaf, *columns in connection.execute(ACTS):
        verifier.line(index, line, leaf, dict(zip(COLUMNS, columns, strict=True)))
    verifier.nodes(connection.execute(NODES))
    verifier.state(size, frontier, heads)
    return verifier.finish()


def _head(row: Sequence[Any]) -> SignedHead:
    log_id, number, size, root, utc_us, key, signature = row
    return SignedHead(log_id, number, size, root, utc_us, key, signature)


def _merged(first: Report, second: Report) -> Report:
    for sentence in first.findings:
        second.found(sentence)
    return second


async def examine_postgresql(url: str, outside: Outside) -> Report:
    """In one transaction that sees one state and writes nothing. Raises NoLedger."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection:
            await connection.execution_options(postgresql_readonly=True)
            states = (await connection.execute(text(STATE))).all()
            if len(states) != 1:
                raise NoLedger(f"The ledger's state has {len(states)} rows instead of one.")
            log_id, size, frontier, heads = states[0]
            verifier = outside.verifier(log_id, [_head(row) for row in await connection.execute(text(HEADS))])
            async for index, line, leaf, *columns in await connection.stream(text(ACTS)):
                verifier.line(index, line, leaf, dict(zip(COLUMNS, columns, strict=True)))
            verifier.nodes([tuple(row) for row in await connection.execute(text(NODES))])
            verifier.state(size, frontier, heads)
            return verifier.finish()
    except (SQLAlchemyError, OSError) as error:
        raise NoLedger(f"The database cannot be read: {error}") from None
    finally:
        await engine.dispose()


def _examine_export(file: BinaryIO, outside: Outside) -> Report:
    lines = _lines(file)
    digest = sha256()
    try:
        first = next(lines, b"")
        header = read(first)
        counts = header["heads"], header["size"]
        log_id = header["log_id"]
        if header["form"] != EXPORT_FORM or [type(value) for value in (log_id, *counts)] != [str, int, int]:
            raise ValueError
    except (ValueError, KeyError, TypeError):
        report = Report()
        report.found("the first line is not that of an exported ledger")
        return report
    digest.update(first + b"\n")
    unreadable = Report()
    heads = _heads_of(lines, counts[0], digest, unreadable)
    verifier = outside.verifier(log_id, heads)
    end = b""
    for number, line in enumerate(lines):
        if number == counts[1]:
            end = line
            break
        digest.update(line + b"\n")
        verifier.line(number, line)
    report = _merged(unreadable, verifier.finish())
    _check_end(end, next(lines, None), digest.digest(), heads, report)
    _check_header(header, heads, report)
    return report


def _heads_of(lines: Iterator[bytes], count: int, digest: Any, report: Report) -> list[SignedHead]:
    heads = []
    for number, line in zip(range(count), lines, strict=False):
        digest.update(line + b"\n")
        try:
            heads.append(SignedHead.of(read(line)))
        except ValueError as error:
            report.found(f"head {number + 1}: {error}")
    return heads


def _check_header(header: dict[str, Any], heads: Sequence[SignedHead], report: Report) -> None:
    if not heads or header != header_form(heads[-1]):
        report.found("the file's first line and its newest signed head do not agree")


def _check_end(end: bytes, behind: bytes | None, digest: bytes, heads: Sequence[SignedHead], report: Report) -> None:
    """The last line: a signature over every byte before it, with the key of the newest head."""
    key = heads[-1].key if heads else b""
    try:
        form = read(end)
        text = form.pop("signature")
        signature = bytes.fromhex(text)
        # Capital letters would be other bytes with the same meaning: one form only.
        is_end = form["form"] == END_FORM and behind is None and text == signature.hex()
    except (ValueError, KeyError, TypeError, AttributeError):
        report.found("the file does not end with its signature: it is cut off, or lines were put in or taken out")
        return
    if not is_end or form != end_form(digest, key):
        report.found("the file's bytes are not those that were signed")
    elif not is_signed(canonical(form), signature, key):
        report.found("the file's signature is not good")


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Without their ends; a last line without one, and a line that is too long, are returned as what cannot be read."""
    while data := file.readline(LINE_BYTES):
        yield data[:-1] if data.endswith(b"\n") else data + b"\n"
