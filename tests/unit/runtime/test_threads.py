"""Threads: named, few, and with a bound on what waits for them."""

import asyncio
import threading

import pytest

from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.threads import Kind, Threads, ThreadsBusy
from dispatch_server.settings import ThreadSettings


async def test_work_runs_on_a_thread_of_its_kind() -> None:
    async with Threads(ThreadSettings(), Counters()).opened() as threads:
        name = await threads.run(Kind.DISK, lambda: threading.current_thread().name)
    assert name.startswith("dispatch-disk")


async def test_its_error_comes_back() -> None:
    async with Threads(ThreadSettings(), Counters()).opened() as threads:
        with pytest.raises(ZeroDivisionError):
            await threads.run(Kind.GENERAL, lambda: 1 // 0)


async def test_too_much_is_refused_and_counted() -> None:
    counters, free = Counters(), threading.Event()
    async with Threads(ThreadSettings(decode=1, queue=2), counters).opened() as threads:
        running = [asyncio.create_task(threads.run(Kind.DECODE, free.wait, 5)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(ThreadsBusy):
            await threads.run(Kind.DECODE, free.wait, 5)
        assert await threads.run(Kind.DISK, lambda: 7) == 7
        free.set()
        assert await asyncio.gather(*running) == [True] * 3
        assert threads.in_hand(Kind.DECODE) == 0
    assert counters.dropped_so_far("decode threads", "queue full") == 1


async def test_closing_waits_for_what_runs_and_refuses_more() -> None:
    done: list[int] = []
    free = threading.Event()

    def work() -> None:
        free.wait(5)
        done.append(1)

    threads = Threads(ThreadSettings(), Counters())
    async with threads.opened():
        running = asyncio.create_task(threads.run(Kind.DISK, work))
        await asyncio.sleep(0)
        free.set()
    assert done == [1]
    await running
    with pytest.raises(ThreadsBusy):
        await threads.run(Kind.DISK, work)
