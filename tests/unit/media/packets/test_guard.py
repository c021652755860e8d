"""The guard: any exception of a borrowed parser becomes MalformedPacket, results pass through."""

import struct

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.guard import guarded


def test_a_result_passes_through() -> None:
    assert guarded(int, "7") == 7


@pytest.mark.parametrize("error", [AssertionError, StopIteration, struct.error, IndexError, KeyError, MemoryError])
def test_every_exception_becomes_malformed_packet(error: type[Exception]) -> None:
    def parse(data: bytes) -> None:
        raise error(data)

    with pytest.raises(MalformedPacket, match=error.__name__) as caught:
        guarded(parse, b"x")
    assert isinstance(caught.value.__cause__, error)


def test_our_own_verdict_is_kept_as_it_is() -> None:
    verdict = MalformedPacket("too short")

    def parse() -> None:
        raise verdict

    with pytest.raises(MalformedPacket) as caught:
        guarded(parse)
    assert caught.value is verdict
