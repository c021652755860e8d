"""Waiting for a condition with a deadline: what tests do instead of sleeping and hoping."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeVar

T = TypeVar("T")
STEP_S = 0.01


def until(predicate: Callable[[], T | None], deadline_s: float = 5.0, what: str = "") -> T:
    """The first truthy result of `predicate`, or an AssertionError that says what was waited for."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while True:
        result = predicate()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what or predicate}; last result {result!r}")
        pause.wait(STEP_S)


async def until_async(
    predicate: Callable[[], T | Awaitable[T | None] | None], deadline_s: float = 5.0, what: str = ""
) -> T:
    """The same in a loop; the predicate may be a coroutine function."""
    end = time.monotonic() + deadline_s
    while True:
        outcome = predicate()
        result: T | None = await outcome if isawaitable(outcome) else outcome
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what or predicate}; last result {result!r}")
        await asyncio.sleep(STEP_S)
