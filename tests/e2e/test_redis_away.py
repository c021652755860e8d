"""Redis goes away under a live node (R1): pictures go on, new sessions open, and the node says what is away."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx2

from dispatch_server.media.abilities import Kind
from tests.e2e.camera import on_air
from tests.e2e.node import Node
from tests.e2e.screen import screen_of
from tests.services import redis
from tests.waiting import until, until_async

SOURCE = "T0101"


def readiness(node: Node) -> tuple[int, list[str]]:
    answer = httpx2.get(f"{node.url}/readyz", timeout=10)
    return answer.status_code, answer.json()["away"]


async def test_a_node_serves_alone_while_redis_is_away(
    tmp_path: Path, data_folder: Path, free_port: Callable[[], int]
) -> None:
    settings = {"DISPATCH__REDIS__URL": f"redis://127.0.0.1:{(port := free_port())}/0"}
    with Node(data_folder, free_port(), settings) as node:
        assert readiness(node) == (200, ["redis"]), "a node starts without its Redis"
        with redis(tmp_path, port) as service:
            await asyncio.to_thread(until, lambda: readiness(node) == (200, []), 20, "the node with its Redis")
            async with on_air(node, SOURCE):
                await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 40, "the stream")
                service.kill()
                await asyncio.to_thread(until, lambda: readiness(node) == (200, ["redis"]), 20, "the loss of Redis")
                async with screen_of(node, SOURCE) as screen:
                    await until_async(lambda: screen.count(Kind.VIDEO) > 25, 30, "pictures without Redis")
                service.start()
                await asyncio.to_thread(until, lambda: readiness(node) == (200, []), 20, "Redis again")
        assert "Traceback" not in node.log
