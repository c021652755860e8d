"""Calls whose unexpected exceptions end only what they were called for (pure)."""

from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def isolating(function: Callable[P, object], on_failure: Callable[[Exception], None]) -> Callable[P, None]:
    """`function`, but an exception goes to `on_failure` (which counts and logs) instead of to the caller."""

    def isolated(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - one packet may end at most its own session
            on_failure(error)

    return isolated
