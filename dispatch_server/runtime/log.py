"""Structured lines on standard error: scrubbed, repeats counted instead of written, and never waited for."""

import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener
from queue import Full, Queue
from threading import Thread
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from dispatch_server.kit.redact import scrub, scrub_fields
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.repeats import Repeats
from dispatch_server.runtime.world import World
from dispatch_server.settings import LogSettings

LINES_WAITING = 10_000
STOP_S = 2.0
# Libraries that speak too much at their own idea of "info".
_QUIET = {
    "asyncio": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "alembic": logging.WARNING,
    "uvicorn": logging.WARNING,
}


def log_of(room: str) -> FilteringBoundLogger:
    """The logger of a room: `_log.info("what happened", key=value)`."""
    logger: FilteringBoundLogger = structlog.get_logger(f"dispatch.{room}")
    return logger


def _scrubbed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    kept = {name: value for name, value in event.items() if name.startswith("_") or name == "exc_info"}
    return scrub_fields({name: value for name, value in event.items() if name not in kept}) | kept


def _trace_scrubbed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if isinstance(event.get("exception"), str):
        event["exception"] = scrub(event["exception"])
    return event


class _Bounded(QueueHandler):
    """Hands lines to the writing thread; a full queue drops the line, because no media waits for a log."""

    def __init__(self, queue: "Queue[logging.LogRecord]", counters: Counters) -> None:
        super().__init__(queue)
        self._counters = counters

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # formatted by the writing thread, in the same process

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except Full:
            self._counters.dropped("log", "queue full")


class _Stream:
    """Writes formatted lines. Not a logging.Handler: at exit each of those is locked, and a reader may stand still."""

    level = logging.NOTSET

    def __init__(self, stream: TextIO, formatter: logging.Formatter, counters: Counters) -> None:
        self._stream = stream
        self._formatter = formatter
        self._counters = counters

    def handle(self, record: logging.LogRecord) -> None:
        """A line that cannot be made or written must not end the thread that writes the others."""
        try:
            self._stream.write(self._formatter.format(record) + "\n")
            self._stream.flush()
        except (TypeError, ValueError, LookupError, AttributeError, OSError) as error:
            self._counters.dropped("log", type(error).__name__)


class _Writer(QueueListener):
    """The writing thread. It ends within `STOP_S` or is left, with what it has not written."""

    def stop(self) -> None:
        with suppress(Full):
            self.queue.put(None, timeout=STOP_S)  # type: ignore[attr-defined]  # a queue.Queue, given below
        thread: Thread | None = getattr(self, "_thread", None)
        if thread is not None:
            thread.join(STOP_S)


class _Once(logging.Filter):
    """Lets the first of equal lines through and counts the others."""

    def __init__(self, repeats: Repeats, world: World) -> None:
        super().__init__()
        self._repeats = repeats
        self._world = world

    def filter(self, record: logging.LogRecord) -> bool:
        repeated = self._repeats.admit((record.name, record.levelno, _text_of(record)), self._world.monotonic())
        if repeated is None:
            return False
        if repeated:
            record.repeated = repeated
        return True


def _text_of(record: logging.LogRecord) -> str:
    return str(record.msg.get("event", "")) if isinstance(record.msg, dict) else str(record.msg)


def _repeats_shown(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    repeated = getattr(event.get("_record"), "repeated", 0)
    if repeated:
        event["repeated"] = repeated
    return event


def _stamped(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """When it was said, not when the writing thread came to it."""
    record: logging.LogRecord = event["_record"]
    event["at"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return event


class LogOutput:
    """The open log of a process: `with LogOutput(...)`, once, before anything else."""

    def __init__(self, settings: LogSettings, world: World, counters: Counters, stream: TextIO | None = None) -> None:
        self.repeats = Repeats(settings.repeats_s, settings.kinds)
        self._settings = settings
        self._world = world
        self._counters = counters
        self._stream = stream or sys.stderr
        self._listener: _Writer | None = None
        self._handler: _Bounded | None = None

    def __enter__(self) -> "LogOutput":
        _through_stdlib(self._settings.level)
        writer: Any = _Stream(self._stream, _formatter(self._as_json()), self._counters)
        queue: Queue[logging.LogRecord] = Queue(LINES_WAITING)
        self._handler = _Bounded(queue, self._counters)
        self._handler.addFilter(_Once(self.repeats, self._world))
        self._listener = _Writer(queue, writer)
        self._listener.start()
        root = logging.getLogger()
        root.setLevel(self._settings.level.upper())
        root.addHandler(self._handler)
        for name, level in _QUIET.items():
            logging.getLogger(name).setLevel(level)
        return self

    def __exit__(self, *_: object) -> None:
        if self._listener is None or self._handler is None:
            return
        self.tell_repeats(float("inf"))
        logging.getLogger().removeHandler(self._handler)
        self._listener.stop()
        self._listener = self._handler = None

    def tell_repeats(self, now: float | None = None) -> None:
        """Write how often lines came again since they were written; called once a second."""
        for (name, level, text), count in self.repeats.due(self._world.monotonic() if now is None else now):
            record = logging.LogRecord(name, level, "", 0, f"{text} (again)", None, None)
            record.repeated = count
            if self._handler is not None:
                self._handler.enqueue(record)

    def _as_json(self) -> bool:
        wanted = self._settings.format
        return wanted == "json" or (wanted == "auto" and not self._stream.isatty())


def _through_stdlib(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _formatter(as_json: bool) -> logging.Formatter:
    show: list[Any] = (
        [structlog.processors.format_exc_info, _trace_scrubbed, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.processors.format_exc_info, _trace_scrubbed, structlog.dev.ConsoleRenderer(colors=False)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level],
        processors=[
            structlog.stdlib.add_logger_name,
            _repeats_shown,
            _stamped,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _scrubbed,
            *show,
        ],
    )


# Before a log is open lines go where the standard library sends them, never through a printer of local variables.
_through_stdlib("info")
