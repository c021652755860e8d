"""Datagrams over TCP: framed, bounded, and one slow or hostile connection is alone with it."""

import asyncio
import contextlib

from dispatch_server.engine.tcp import TcpPort
from dispatch_server.media.link.outbox import Address, Outbox
from tests.waiting import until_async


class Ears:
    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Address]] = []
        self.port = TcpPort(
            lambda data, source: self.heard.append((data, source)),
            lambda: None,
            lambda address: None,
            most=2,
            buffer_bytes=1000,
        )


def framed(*datagrams: bytes) -> bytes:
    return b"".join(len(datagram).to_bytes(2, "big") + datagram for datagram in datagrams)


async def test_datagrams_in_both_directions_whatever_the_pieces() -> None:
    ears = Ears()
    await ears.port.open("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", ears.port.port)
    for byte in framed(b"one", b"x" * 1500):
        writer.write(bytes([byte]))
        await writer.drain()
    await until_async(lambda: len(ears.heard) == 2)
    assert [data for data, _ in ears.heard] == [b"one", b"x" * 1500]
    place = ears.heard[0][1]
    assert place[2:] == ("tcp",)
    outbox = Outbox(ears.port.send)
    outbox.put(b"answer", place)
    outbox.spill()
    assert await reader.readexactly(8) == framed(b"answer")
    writer.close()
    await until_async(lambda: not ears.port.has_connections)
    await ears.port.close()


async def test_lengths_that_cannot_be_end_the_connection() -> None:
    for hostile in (b"\x00\x00", b"\xff\xff", framed(b"x" * 1501)):
        ears = Ears()
        await ears.port.open("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", ears.port.port)
        writer.write(hostile)
        await writer.drain()
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        assert ears.heard == [] and ears.port.counters.malformed == 1
        writer.close()
        await ears.port.close()


async def test_more_connections_than_allowed_are_refused() -> None:
    ears = Ears()
    await ears.port.open("127.0.0.1", 0)
    ends = [await asyncio.open_connection("127.0.0.1", ears.port.port) for _ in range(3)]
    await until_async(lambda: ears.port.counters.refused == 1)
    for _, writer in ends:
        writer.close()
    await ears.port.close()


async def test_a_reader_that_stands_still_loses_its_own_frames() -> None:
    ears = Ears()
    await ears.port.open("127.0.0.1", 0)
    _, writer = await asyncio.open_connection("127.0.0.1", ears.port.port)
    writer.write(framed(b"hello"))
    await until_async(lambda: bool(ears.heard))
    outbox = Outbox(ears.port.send)
    for _ in range(20_000):
        outbox.put(b"y" * 1400, ears.heard[0][1])
    outbox.spill()
    assert ears.port.counters.dropped_full > 0
    writer.close()
    await ears.port.close()
