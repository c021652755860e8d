"""A terminal and its server on two hosts, with loss, bursts, a cut and another address between them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.field import CLIPS
from tests.e2e.node import ROOT, Node
from tests.faults.forwarder import forwarding
from tests.faults.network import SERVER_ADDRESS, Network
from tests.waiting import until

pytestmark = [pytest.mark.netns, pytest.mark.timeout(240)]
PORT = 18_400
SOURCE = "T0101"


@pytest.fixture
def field(bad_network: Network, data_folder: Path) -> Iterator[Node]:
    """The server on its host, one terminal on the other; this thread is on the server's."""
    node = Node(data_folder, PORT)
    with bad_network.server.inside(), node, forwarding(SERVER_ADDRESS, PORT), terminal(bad_network, node):
        until(lambda: flows(node), 60, "media")
        yield node


@contextmanager
def terminal(network: Network, node: Node) -> Iterator[None]:
    words = ["--server", f"http://{SERVER_ADDRESS}:{PORT}", "--keys", str(node.folder / "terminals.json")]
    words += ["--clips", str(CLIPS), "--times", str(node.folder / "frame-zero.json")]
    with (node.folder / "terminal.log").open("w") as log:
        command = (sys.executable, "-m", "terminals", "simulate", "--count", "1", *words)
        process = network.terminal.start(*command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)


def entry(node: Node) -> dict[str, object]:
    return next((s for s in node.get("/api/v1/streams")["streams"] if s["source"] == SOURCE), {})


def age_s(node: Node) -> float:
    figures = entry(node).get("figures")
    age = figures.get("last_media_age_s") if isinstance(figures, dict) else None
    return 86_400.0 if age is None else float(age)


def flows(node: Node) -> bool:
    return age_s(node) < 0.5


def main_fps(node: Node) -> float:
    figures = entry(node).get("figures")
    layers = figures.get("layers", {}) if isinstance(figures, dict) else {}
    return float(layers.get("main", {}).get("fps", 0))


def back_after_s(node: Node) -> float:
    began = time.monotonic()
    until(lambda: flows(node), 30, "media again")
    return time.monotonic() - began


def worst_age_s(node: Node, seconds: float) -> float:
    """How old the newest media became at most, meanwhile."""
    end, ages = time.monotonic() + seconds, [0.0]
    until(lambda: ages.append(age_s(node)) or time.monotonic() > end, seconds + 10)
    return max(ages)


def survive_loss(field: Node, network: Network, loss: float, seconds: float) -> None:
    network.both(loss=loss, delay_ms=25)
    assert worst_age_s(field, seconds) < 1
    assert main_fps(field) >= 15
    network.mend()


def survive_bursts(field: Node, network: Network, to_bad: float, to_good: float, loss: float, seconds: float) -> None:
    """Gilbert-Elliott: most packets of a bad stretch are lost, as in a tunnel or a crowded cell."""
    network.both(to_bad=to_bad, to_good=to_good, loss_in_bad=loss, delay_ms=25)
    assert worst_age_s(field, seconds) < 1.5
    assert main_fps(field) >= 15
    network.mend()


def survive_cut(field: Node, network: Network, seconds: float) -> None:
    network.cut()
    began = time.monotonic()
    until(lambda: time.monotonic() - began > seconds, seconds + 10)
    network.mend()
    assert back_after_s(field) <= 3.5


def survive_change(field: Node, network: Network, address: str) -> None:
    network.terminal.change_address(address)
    assert worst_age_s(field, 5) <= 2.5
    assert flows(field)


def test_loss_bursts_a_cut_and_another_address_end_no_stream(field: Node, bad_network: Network) -> None:
    before = entry(field)["stream_id"]
    survive_loss(field, bad_network, 0.1, 6)
    survive_bursts(field, bad_network, 0.01, 0.2, 0.9, 6)
    survive_cut(field, bad_network, 5)
    survive_change(field, bad_network, "10.20.0.77")
    assert (entry(field)["stream_id"], entry(field)["state"]) == (before, "live")


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_the_long_row(field: Node, bad_network: Network) -> None:
    before = entry(field)["stream_id"]
    for loss in (0.05, 0.1, 0.2, 0.3):
        survive_loss(field, bad_network, loss, 30)
    survive_bursts(field, bad_network, 0.01, 0.2, 0.9, 30)
    survive_bursts(field, bad_network, 0.005, 0.05, 1.0, 30)
    for seconds in (1, 10, 29, 31, 60, 120):
        survive_cut(field, bad_network, seconds)
    for number in range(10):
        survive_change(field, bad_network, f"10.20.0.{100 + number}")
    assert (entry(field)["stream_id"], entry(field)["state"]) == (before, "live")
