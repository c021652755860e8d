"""The same attacks on a server without the guard against them: each is seen, so their passes mean something."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e import assaults, unguarded
from tests.e2e.node import Node


@pytest.fixture
def node(data_folder: Path, free_port: Callable[[], int], request: pytest.FixtureRequest) -> Iterator[Node]:
    environment = {unguarded.WHICH: request.param}
    with Node(data_folder, free_port(), environment, module="tests.e2e.unguarded") as running:
        yield running


@pytest.mark.parametrize("node", [unguarded.SENDERS], indirect=True)
async def test_hellos_and_alerts_end_handshakes(node: Node) -> None:
    """W1 without the rule that DTLS counts only from an address that passed a check."""
    with pytest.raises(AssertionError, match="all sessions"):
        await assaults.hellos_and_alerts(node, within_s=8)


@pytest.mark.parametrize("node", [unguarded.QUEUE], indirect=True)
async def test_junk_takes_memory(node: Node) -> None:
    """W4 with a queue that has no bound. A busy kernel throws much of one round away."""
    with pytest.raises(AssertionError, match="MiB more"):
        for _ in range(4):
            await assaults.junk(node)


@pytest.mark.parametrize("node", [unguarded.PATH], indirect=True)
async def test_copies_from_elsewhere_move_the_path(node: Node) -> None:
    """W7 with media that says where media goes."""
    with pytest.raises(AssertionError, match="media moved the path"):
        await assaults.replayed_and_edited_packets(node)
