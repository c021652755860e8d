"""Hands TCP connections on to loopback: a server in development mode listens nowhere else, its test has two hosts."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STARTS_S = 10.0


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _serve(address: str, port: int, ready: threading.Event, stop: asyncio.Event) -> None:
    open_ones: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(asyncio.current_task())
        ends = [writer]
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
            ends.append(to_writer)
            await asyncio.gather(_hand_on(reader, to_writer), _hand_on(to_reader, writer))
        except OSError:
            pass  # the server is away: so is this connection
        finally:
            for one in ends:
                one.close()

    async with await asyncio.start_server(connected, address, port):
        ready.set()
        await stop.wait()
        for task in open_ones:
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in open_ones if task is not None), return_exceptions=True)


@contextmanager
def forwarding(address: str, port: int) -> Iterator[None]:
    """While inside, `address:port` is the loopback's port; on the network host of the thread that asks."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    serving = _serve(address, port, ready, stop)
    thread = threading.Thread(target=loop.run_until_complete, args=[serving], daemon=True)
    thread.start()
    try:
        assert ready.wait(STARTS_S), f"cannot listen on {address}:{port}"
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(STARTS_S)
        loop.close()
