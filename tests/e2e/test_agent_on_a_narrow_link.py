"""The link falls from fast to 300 kbit/s: the main picture goes, sound and the small one stay; then it comes back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.node import ROOT, Node
from tests.faults.forwarder import forwarding
from tests.faults.network import SERVER_ADDRESS, Network
from tests.waiting import until

pytestmark = [pytest.mark.netns, pytest.mark.faults, pytest.mark.timeout(300)]
PORT = 18_401
SOURCE = "T0101"


@contextmanager
def agent(network: Network, node: Node) -> Iterator[None]:
    key = node.folder / "publish-key"
    key.touch(0o600)
    key.write_text(node.publish_key(SOURCE))
    environment = {
        **os.environ,
        "TERMINAL__SERVER__URL": f"http://{SERVER_ADDRESS}:{PORT}",
        "TERMINAL__SERVER__PUBLISH_KEY_FILE": str(key),
        "TERMINAL__CAMERA__KIND": "scene",
        "TERMINAL__MICROPHONE__KIND": "tone",
        "TERMINAL__MAIN__WIDTH": "640",
        "TERMINAL__MAIN__HEIGHT": "360",
    }
    with (node.folder / "agent.log").open("w") as log:
        command = (sys.executable, "-m", "terminals", "run", "--config", "config/terminal.yaml")
        process = network.terminal.start(*command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)


@pytest.fixture
def field(bad_network: Network, data_folder: Path) -> Iterator[Node]:
    node = Node(data_folder, PORT)
    with bad_network.server.inside(), node, forwarding(SERVER_ADDRESS, PORT), agent(bad_network, node):
        yield node


def layers(node: Node) -> dict[str, Any]:
    entry = next((s for s in node.get("/api/v1/streams")["streams"] if s["source"] == SOURCE), {})
    return (entry.get("figures") or {}).get("layers", {})


def rate(node: Node, layer: str) -> float:
    return float(layers(node).get(layer, {}).get("bitrate_bps", 0))


def test_main_goes_sound_stays_and_main_comes_back(field: Node, bad_network: Network) -> None:
    bad_network.both(delay_ms=20)
    until(lambda: rate(field, "main") > 600_000, 90, "the main picture")
    bad_network.both(delay_ms=20, rate_kbps=300, queue_ms=400)
    until(lambda: rate(field, "main") < 50_000, 15, "less")
    until(lambda: rate(field, "sub") > 40_000, 15, "the small picture")
    assert rate(field, "sound") > 3_000
    bad_network.both(delay_ms=20)
    until(lambda: rate(field, "main") > 600_000, 120, "the main picture again")
