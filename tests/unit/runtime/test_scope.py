"""A lifetime: the last opened is the first closed, failed tasks do as declared, closing has a deadline."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dispatch_server.runtime import scope as scopes
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.scope import Fatal, OnFailure, ScopeClosed, TaskScope
from tests.waiting import until_async


class Trouble(Exception):
    pass


@pytest.fixture
def counters() -> Counters:
    return Counters()


def failures(counters: Counters, task: str) -> float:
    return counters.registry.get_sample_value("dispatch_task_failures_total", {"task": task}) or 0


async def test_closing_is_the_reverse_of_opening_tasks_included(counters: Counters) -> None:
    closed: list[str] = []

    @asynccontextmanager
    async def resource(name: str) -> AsyncIterator[str]:
        yield name
        closed.append(name)

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("task")

    async with TaskScope("test", counters) as scope:
        assert await scope.enter("first", resource("first")) == "first"
        scope.start("task", work)
        scope.defer("plain", lambda: closed.append("plain"))
        await scope.enter("last", resource("last"))
        await asyncio.sleep(0)
    assert closed == ["last", "plain", "task", "first"]


async def test_a_failed_task_is_counted_and_begins_again(counters: Counters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "FIRST_PAUSE_S", 0.001)
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 4:
            raise Trouble

    async with TaskScope("test", counters) as scope:
        task = scope.start("work", work)
        await until_async(task.done)
    assert begun == 4
    assert failures(counters, "work") == 3
    assert scope.restarts == {"work": 3}


async def test_a_task_that_nothing_works_without_ends_the_process(counters: Counters) -> None:
    fatal = Fatal()

    async def work() -> None:
        raise Trouble

    async with TaskScope("test", counters, fatal) as scope:
        scope.start("heart", work, OnFailure.END_PROCESS)
        async with asyncio.timeout(1):
            await fatal.happened.wait()
    assert "heart" in fatal.reason


async def test_a_task_that_was_to_run_once_is_left(counters: Counters) -> None:
    async def work() -> None:
        raise Trouble

    async with TaskScope("test", counters) as scope:
        task = scope.start("once", work, OnFailure.LEAVE)
        await until_async(task.done)
        assert failures(counters, "once") == 1
        assert not scope.fatal.happened.is_set()


async def test_a_step_that_hangs_is_left_and_the_others_still_close(counters: Counters) -> None:
    closed: list[str] = []
    begun = time.monotonic()
    async with TaskScope("test", counters, deadline_s=0.1) as scope:
        scope.defer("first", lambda: closed.append("first"))
        scope.defer("hangs", lambda: asyncio.sleep(60))
        scope.defer("last", lambda: closed.append("last"))
    assert closed == ["last", "first"]
    assert time.monotonic() - begun < 5


async def test_a_task_that_will_not_end_is_left(counters: Counters) -> None:
    free = asyncio.Event()

    async def stubborn() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    async with TaskScope("test", counters, deadline_s=0.1) as scope:
        task = scope.start("stubborn", stubborn)
        await asyncio.sleep(0)
    assert not task.done()
    free.set()
    await task


async def test_a_step_that_fails_is_counted_and_the_others_still_close(counters: Counters) -> None:
    closed: list[str] = []

    def fail() -> None:
        raise Trouble

    async with TaskScope("test", counters) as scope:
        scope.defer("first", lambda: closed.append("first"))
        scope.defer("fails", fail)
    assert closed == ["first"]
    assert counters.registry.get_sample_value("dispatch_surprises_total", {"where": "closing fails"}) == 1


async def test_nothing_begins_in_a_closed_scope(counters: Counters) -> None:
    async with TaskScope("test", counters) as scope:
        pass
    with pytest.raises(ScopeClosed):
        scope.defer("late", lambda: None)


async def test_a_task_that_returns_is_forgotten(counters: Counters) -> None:
    async def work() -> None:
        return

    async with TaskScope("test", counters) as scope:
        for _ in range(100):
            scope.start("short", work)
        await until_async(lambda: not scope._steps)


async def test_an_error_inside_still_closes_and_goes_on(counters: Counters) -> None:
    closed: list[str] = []
    with pytest.raises(Trouble):
        async with TaskScope("test", counters) as scope:
            scope.defer("first", lambda: closed.append("first"))
            raise Trouble
    assert closed == ["first"]
