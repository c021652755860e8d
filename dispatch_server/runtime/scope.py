"""A lifetime: tasks and resources that begin in it and end with it, in reverse order and within a deadline."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Any, Self, TypeVar

from dispatch_server.kit.errors import LocalFault
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.log import log_of

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, object]]
Close = Callable[[], Awaitable[object] | object]
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
WELL_AFTER_S = 60.0  # a task that ran this long starts again with the shortest pause
_log = log_of("scope")


class OnFailure(Enum):
    """What follows when a task ends in an error."""

    RESTART = "restart"  # after a pause that doubles
    END_PROCESS = "end process"  # nothing works without it
    LEAVE = "leave"  # it was to run once


class ScopeClosed(LocalFault):
    """Something was to begin in a lifetime that is over."""

    def __init__(self, name: str) -> None:
        super().__init__("scope_closed", f"{name} cannot begin: its owner is closing.")


@dataclass(slots=True)
class Fatal:
    """Set once, when the process can no longer do its work; `serve` waits for it."""

    happened: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""

    def set(self, reason: str) -> None:
        if not self.happened.is_set():
            self.reason = reason
            self.happened.set()


class TaskScope:
    """
    `async with TaskScope(...) as scope`. What was opened last is closed first, tasks included, so a task never
    outlives what it uses. Closing takes `deadline_s` at most: a step that does not end is left and named in the log.
    """

    def __init__(self, name: str, counters: Counters, fatal: Fatal | None = None, deadline_s: float = 10.0) -> None:
        self.name = name
        self.fatal = fatal or Fatal()
        self.restarts: dict[str, int] = {}
        self._counters = counters
        self._deadline_s = deadline_s
        self._steps: list[tuple[str, Close]] = []
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def enter(self, name: str, resource: AbstractAsyncContextManager[T]) -> T:
        """Open an async context manager; it is closed in its turn."""
        self._check(name)
        value = await resource.__aenter__()
        self.defer(name, lambda: resource.__aexit__(None, None, None))
        return value

    def enter_sync(self, name: str, resource: AbstractContextManager[T]) -> T:
        self._check(name)
        value = resource.__enter__()
        self.defer(name, lambda: resource.__exit__(None, None, None))
        return value

    def defer(self, name: str, close: Close) -> None:
        """Call (and await) `close` when the scope ends."""
        self._check(name)
        self._steps.append((name, close))

    def start(self, name: str, work: Work, on_failure: OnFailure = OnFailure.RESTART) -> asyncio.Task[None]:
        """Run `work()` as a task of this name until it returns or the scope ends."""
        self._check(name)
        task = asyncio.create_task(self._supervise(name, work, on_failure), name=f"{self.name}/{name}")
        step = (name, lambda: _cancelled(task))
        self._steps.append(step)

        def forget(_: asyncio.Task[None]) -> None:
            if not self._closing:
                with contextlib.suppress(ValueError):
                    self._steps.remove(step)

        task.add_done_callback(forget)
        return task

    async def close(self) -> None:
        """End everything, the last first. Idempotent."""
        self._closing = True
        end = asyncio.get_running_loop().time() + self._deadline_s
        while self._steps:
            name, close = self._steps.pop()
            try:
                # Even after the deadline a step gets one turn of the loop, so that plain closing still happens.
                async with asyncio.timeout_at(max(end, asyncio.get_running_loop().time() + 0.05)):
                    outcome = close()
                    if isinstance(outcome, Awaitable):
                        await outcome
            except TimeoutError:
                _log.error("did not end in time and was left", scope=self.name, step=name)
            except Exception as error:  # noqa: BLE001 - one failing step must not keep the others from closing
                self._counters.surprised(f"closing {name}")
                _log.error("failed while closing", scope=self.name, step=name, exc_info=error)

    def _check(self, name: str) -> None:
        if self._closing:
            raise ScopeClosed(name)

    async def _supervise(self, name: str, work: Work, on_failure: OnFailure) -> None:
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while True:
            begun = loop.time()
            try:
                await work()
                return
            except Exception as error:  # noqa: BLE001 - the one place where a task's failure is decided on
                self._counters.task_failed(name)
                _log.error("task failed", task=name, then=on_failure.value, exc_info=error)
            if on_failure is OnFailure.END_PROCESS:
                self.fatal.set(f"the task {name} failed")
            if on_failure is not OnFailure.RESTART:
                return
            pause_s = FIRST_PAUSE_S if loop.time() - begun >= WELL_AFTER_S else pause_s
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            self.restarts[name] = self.restarts.get(name, 0) + 1


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel and wait; a task that swallows the cancellation is asked again at the deadline by our own timeout."""
    task.cancel()
    await asyncio.wait([task])
