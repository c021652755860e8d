"""Keeps one failure from becoming everybody's: calls whose unexpected exceptions end only what they were called for."""

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def isolating(function: Callable[P, object], on_failure: Callable[[Exception], None]) -> Callable[P, None]:
    """`function`, but an exception goes to `on_failure` (which counts and logs) instead of to the caller."""

    def isolated(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - one packet may end at most its own session
            on_failure(error)

    return isolated


async def attempt(work: Awaitable[T], on_failure: Callable[[Exception], T]) -> T:
    """What `work` gives, or what `on_failure` makes of its unexpected exception."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001 - one message may end at most its own execution
        return on_failure(error)
