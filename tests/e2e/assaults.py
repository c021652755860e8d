"""Attacks that are run twice: on a server as it is, and on one without the guard, where they must be seen."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import psutil

from dispatch_server.media.abilities import Kind
from dispatch_server.media.link.outbox import Outbox
from terminals.publisher import State
from tests.e2e.attacker import Attacker, drops, fatal_alert, media_port, null_cipher_hello
from tests.e2e.camera import Camera, on_air
from tests.e2e.node import Node
from tests.e2e.screen import Screen, screen_of
from tests.waiting import until_async

SOURCE = "T0101"
JUNK, JUNK_MIB = 40_000, 20
STOLEN = 300


@asynccontextmanager
async def attacked(node: Node) -> AsyncIterator[tuple[Camera, Attacker]]:
    """A live camera and somebody who knows the server's media port."""
    async with on_air(node, SOURCE) as camera:
        await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 40, "the stream")
        peer = camera.wire.peer
        assert peer is not None
        attacker = Attacker(media_port(peer.plan.remote_candidates))
        try:
            yield camera, attacker
        finally:
            attacker.close()


async def goes_on(screen: Screen, pictures: int = 15) -> None:
    """So many more pictures come."""
    before = screen.count(Kind.VIDEO)
    await until_async(lambda: screen.count(Kind.VIDEO) >= before + pictures, 20, "more pictures")


async def hellos_and_alerts(node: Node, within_s: float) -> None:
    """W1: while sessions connect, and without an answer that could be reflected."""
    chance = random.Random(1)
    async with attacked(node) as (camera, attacker), AsyncExitStack() as stack:
        records = [fatal_alert(n) if n % 2 else null_cipher_hello(chance, n) for n in range(2000)]
        flood = asyncio.create_task(attacker.send(records, 0.001))
        screens = [await stack.enter_async_context(screen_of(node, SOURCE)) for _ in range(6)]
        try:
            await until_async(lambda: all(screen.connected for screen in screens), within_s, "all sessions")
            for screen in screens:
                await goes_on(screen)
        finally:
            flood.cancel()
        assert attacker.sent > 100
        assert attacker.count_answers() == 0
        assert camera.publisher.state is State.LIVE


async def junk(node: Node) -> None:
    """W4."""
    chance = random.Random(3)
    async with attacked(node) as (_, attacker), screen_of(node, SOURCE) as screen:
        await until_async(lambda: screen.count(Kind.VIDEO) > 10, 40, "pictures")
        assert node.server is not None
        process = psutil.Process(node.server.pid)
        before = process.memory_info().rss
        await attacker.send(bytes((chance.choice((0, 22, 128)),)) + chance.randbytes(1100) for _ in range(JUNK))
        await goes_on(screen)
        grown = process.memory_info().rss - before
        assert attacker.sent > JUNK / 2
        assert grown < JUNK_MIB << 20, f"{grown >> 20} MiB more"


async def replayed_and_edited_packets(node: Node) -> None:
    """W6, W7: copies and changed copies of a publisher's packets, from its own address and from another."""
    async with attacked(node) as (camera, attacker), screen_of(node, SOURCE) as screen:
        await until_async(lambda: screen.connected, 30, "the viewer")
        stolen = steal(camera)
        await until_async(lambda: len(stolen) >= STOLEN, 20, "three hundred packets")
        before = await asyncio.to_thread(drops, node)
        for packet in stolen:
            edited = packet[:-20] + bytes((packet[-20] ^ 1,)) + packet[-19:]
            for datagram in (packet, edited):
                camera.wire._udp.socket.sendto(datagram, attacker.target)
        await attacker.send(stolen)
        await until_async(lambda: asyncio.to_thread(lambda: drops(node) != before), 20, "something dropped")
        assert attacker.count_answers() == 0, "media moved the path"
        await goes_on(screen, 40)
        after = await asyncio.to_thread(drops, node)
        assert after.get("SRTP check failed", 0) - before.get("SRTP check failed", 0) >= STOLEN
        assert after["unknown sender"] - before["unknown sender"] >= STOLEN
        assert attacker.count_answers() == 0, "media moved the path"
        ticks = [frame.ticks for frame in screen.frames if frame.kind is Kind.VIDEO]
        assert ticks == sorted(set(ticks)), "a picture came twice"
        assert camera.publisher.state is State.LIVE


def steal(camera: Camera) -> list[bytes]:
    """The next media packets of a camera."""
    stolen: list[bytes] = []
    send = camera.wire._udp.send

    def tapped(outbox: Outbox) -> None:
        for _, offset, sizes in outbox.runs:
            for size in sizes:
                if outbox.buffer[offset] >= 128 and len(stolen) < STOLEN:
                    stolen.append(bytes(outbox.buffer[offset : offset + size]))
                offset += size
        send(outbox)

    camera.wire._outbox.spill_to = tapped
    return stolen
