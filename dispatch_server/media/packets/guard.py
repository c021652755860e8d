"""Calls borrowed parsers: whatever they raise on hostile bytes becomes MalformedPacket."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from dispatch_server.kit.errors import MalformedPacket

P = ParamSpec("P")
T = TypeVar("T")


def guarded(parse: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """
    The result of `parse`, or MalformedPacket.

    The one broad except in media: aiortc's and aioice's parsers throw AssertionError, StopIteration,
    struct.error, IndexError and KeyError on hostile bytes, and OpenSSL's wrapper a tree of its own.
    """
    try:
        return parse(*args, **kwargs)
    except MalformedPacket:
        raise
    except Exception as error:  # borrowed parsers raise anything on hostile bytes
        raise MalformedPacket(f"{type(error).__name__} from {parse.__qualname__}: {error}") from error
