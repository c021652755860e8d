"""Keeps one failure from becoming everybody's: calls whose unexpected exceptions end only what they were called for."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from dispatch_server.kit.guard import isolating

__all__ = ["attempt", "isolating"]
T = TypeVar("T")


async def attempt(work: Awaitable[T], on_failure: Callable[[Exception], T]) -> T:
    """What `work` gives, or what `on_failure` makes of its unexpected exception."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - one message may end at most its own execution
        return on_failure(error)
