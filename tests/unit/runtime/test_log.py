"""The log: lines that machines read, nothing in them that opens something, and nobody waits for it."""

import io
import json
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from dispatch_server.runtime import log
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.log import LogOutput, log_of
from dispatch_server.settings import LogSettings
from tests.worlds import TestWorld

CANARY = "kanarienvogel0123456789"
_log = log_of("test")


class Output:
    """An open log and what was written to it."""

    def __init__(self, world: TestWorld, counters: Counters) -> None:
        self.stream = io.StringIO()
        self.counters = counters
        self.log = LogOutput(LogSettings(format="json"), world, counters, self.stream)

    def lines(self) -> list[dict[str, object]]:
        self.log.__exit__()
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def world() -> TestWorld:
    return TestWorld()


@pytest.fixture
def output(world: TestWorld) -> Iterator[Output]:
    before = logging.getLogger().level
    output = Output(world, Counters())
    with output.log:
        yield output
    logging.getLogger().setLevel(before)


def test_a_line_says_who_what_and_when(output: Output) -> None:
    _log.info("灯亮了", lamp=3)
    line = output.lines()[0]
    assert line.pop("at")
    assert line == {"event": "灯亮了", "lamp": 3, "level": "info", "logger": "dispatch.test"}


def test_lines_of_libraries_go_the_same_way(output: Output) -> None:
    logging.getLogger("aiortc.something").warning("lost %d of %d", 1, 2)
    line = output.lines()[0]
    assert (line["event"], line["level"], line["logger"]) == ("lost 1 of 2", "warning", "aiortc.something")


def test_no_canary_gets_through(output: Output) -> None:
    _log.warning(f"asked with Bearer {CANARY}", publish_key=CANARY, url=f"http://h/?token={CANARY}")
    logging.getLogger("library").error("Authorization: Bearer %s", CANARY)
    try:
        raise ValueError(f"bad token={CANARY}")
    except ValueError as error:
        _log.error("failed", exc_info=error)
    lines = output.lines()
    assert len(lines) == 3
    assert "ValueError" in str(lines[2]["exception"])
    assert CANARY not in output.stream.getvalue()


def test_the_same_line_is_written_once_and_then_counted(output: Output, world: TestWorld) -> None:
    for number in range(50):
        _log.warning("dropped", number=number)
    world.advance(1.5)
    output.log.tell_repeats()
    _log.warning("dropped", number=50)
    lines = output.lines()
    assert [(line["event"], line.get("repeated")) for line in lines] == [
        ("dropped", None),
        ("dropped (again)", 49),
        ("dropped", None),
    ]


def test_what_was_held_back_is_told_at_the_end(output: Output) -> None:
    for _ in range(3):
        _log.warning("dropped")
    assert [line.get("repeated") for line in output.lines()] == [None, 2]


def test_lines_below_the_level_are_not_made(output: Output) -> None:
    _log.debug("whisper")
    logging.getLogger("library").debug("whisper")
    assert output.lines() == []


def test_a_reader_that_stands_still_costs_lines_not_time(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LINES_WAITING", 50)
    monkeypatch.setattr(log, "STOP_S", 0.1)
    free = threading.Event()

    class Stuck(io.StringIO):
        def write(self, text: str) -> int:
            free.wait(30)
            return super().write(text)

    counters = Counters()
    begun = time.monotonic()
    with log.LogOutput(LogSettings(format="json", repeats_s=0), world, counters, Stuck()):
        for number in range(200):
            _log.warning("line", number=number)
    assert time.monotonic() - begun < 5
    assert 149 <= counters.dropped_so_far("log", "queue full") <= 150
    free.set()


def test_a_broken_line_is_counted_and_does_not_end_the_log(output: Output) -> None:
    handler = output.log._handler
    assert handler is not None
    handler.enqueue(logging.LogRecord("library", logging.WARNING, "", 0, "%d of %d", (1,), None))
    _log.info("still here")
    assert [line["event"] for line in output.lines()] == ["still here"]
    assert output.counters.dropped_so_far("log", "TypeError") == 1
