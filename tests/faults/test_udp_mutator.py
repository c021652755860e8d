"""F8: a real session's datagrams, changed, replayed and shuffled, at a thousand a second while a clean call runs."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch_server.media.abilities import Kind
from dispatch_server.media.link.outbox import Outbox
from terminals.publisher import State
from tests.e2e.attacker import Attacker, media_port
from tests.e2e.camera import Camera, on_air
from tests.e2e.node import Node
from tests.e2e.screen import screen_of
from tests.waiting import until_async

CLEAN, VICTIM = "T0101", "T0201"
KEPT = 2000
PICTURES_PER_S = 25


@pytest.fixture
def node(data_folder: Path, free_port: Callable[[], int]) -> Iterator[Node]:
    with Node(data_folder, free_port()) as running:
        yield running


def mutated(datagram: bytes, chance: random.Random) -> bytes:
    """Changed in a few bytes, cut, doubled, or as it was."""
    data = bytearray(datagram)
    match chance.randrange(6):
        case 0:
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        case 1:
            del data[chance.randrange(len(data)) :]
        case 2:
            data += chance.randbytes(chance.randint(1, 200))
        case 3:
            at = chance.randrange(min(12, len(data)))
            data[at] ^= 1 << chance.randrange(8)
        case 4:
            data[0] = chance.randrange(256)
    return bytes(data[:1500])


def record(camera: Camera) -> list[bytes]:
    """What a publisher sends from now on, checks and reports included; a bounded, mixed sample."""
    stolen: list[bytes] = []
    chance, send = random.Random(5), camera.wire._udp.send

    def tapped(outbox: Outbox) -> None:
        for _, offset, sizes in outbox.runs:
            for size in sizes:
                datagram = bytes(outbox.buffer[offset : offset + size])
                offset += size
                if len(stolen) < KEPT:
                    stolen.append(datagram)
                else:
                    stolen[chance.randrange(KEPT)] = datagram
        send(outbox)

    camera.wire._outbox.spill_to = tapped
    return stolen


async def mutate(camera: Camera, attacker: Attacker, seconds: float) -> int:
    """From the victim's own, checked address and from strangers', in turn."""
    chance, stolen, sent = random.Random(6), record(camera), 0
    end = time.monotonic() + seconds
    await until_async(lambda: len(stolen) > 100, 20, "a recorded session")
    while time.monotonic() < end:
        batch = [mutated(chance.choice(stolen), chance) for _ in range(10)]
        for datagram in batch[:5]:
            camera.wire._udp.socket.sendto(datagram, attacker.target)
        await attacker.send(batch[5:])
        sent += 10
        await asyncio.sleep(0.01)
    return sent


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_for_minutes(node: Node) -> None:
    await beside_a_clean_call(node, 300)


@pytest.mark.timeout(240)
async def test_for_some_seconds(node: Node) -> None:
    await beside_a_clean_call(node, 8)


async def beside_a_clean_call(node: Node, seconds: float) -> None:
    async with on_air(node, CLEAN) as clean, on_air(node, VICTIM) as victim:
        await until_async(lambda: asyncio.to_thread(lambda: {CLEAN, VICTIM} <= set(node.live())), 60, "both streams")
        peer = victim.wire.peer
        assert peer is not None
        attacker = Attacker(media_port(peer.plan.remote_candidates))
        try:
            async with screen_of(node, CLEAN) as screen:
                await until_async(lambda: screen.count(Kind.VIDEO) > 50, 40, "pictures")
                first = [frame for frame in screen.frames if frame.kind is Kind.VIDEO][-1].ticks
                sent = await mutate(victim, attacker, seconds)
                assert screen.connected
                pictures = [f for f in screen.frames if f.kind is Kind.VIDEO and f.ticks > first]
                expected = (pictures[-1].ticks - first) / 90_000 * PICTURES_PER_S
                assert expected > seconds * PICTURES_PER_S * 0.8
                assert len(pictures) >= expected * 0.99, f"{len(pictures)} of {expected:.0f} pictures"
            assert attacker.count_answers() == 0
        finally:
            attacker.close()
        assert sent > 50 * seconds
        assert clean.publisher.state is State.LIVE
    assert "Traceback" not in node.log
