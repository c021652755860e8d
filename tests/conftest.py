"""What all tests share: free ports, a data folder, chance that repeats, and faults to meet."""

import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import able
from tests.faults.full_disk import SmallDisk, small_disk
from tests.faults.network import Network, three_hosts
from tests.faults.power import Disk, loop_disk

SEED = 20261123


def is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Calls give port numbers that are free now, for UDP and TCP alike; none twice."""
    given: set[int] = set()

    def take() -> int:
        for _ in range(100):
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.bind(("127.0.0.1", 0))
                port: int = probe.getsockname()[1]
            if port not in given and is_free(port, socket.SOCK_DGRAM):
                given.add(port)
                return port
        raise AssertionError("no port is free for both UDP and TCP")

    return take


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    """An empty folder in which a server or a terminal may keep its data."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def seeded() -> random.Random:
    """Chance that is the same in every run."""
    return random.Random(SEED)


@pytest.fixture
def entropy(seeded: random.Random) -> Callable[[int], bytes]:
    """Random bytes that are the same in every run, for whatever takes entropy as an argument."""
    return seeded.randbytes


@pytest.fixture
def bad_network() -> Iterator[Network]:
    """A terminal's host, a server's host and a link that gets worse on request."""
    if reason := able.why_no_networks():
        pytest.skip(reason)
    with three_hosts(SEED) as hosts:
        yield hosts


@pytest.fixture
def cuttable_disk(tmp_path: Path) -> Iterator[Disk]:
    """A disk whose power can be cut."""
    if reason := able.why_no_power_cuts():
        pytest.skip(reason)
    with loop_disk(tmp_path) as disk:
        yield disk


@pytest.fixture
def tight_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk that can be filled."""
    if reason := able.why_no_mounts():
        pytest.skip(reason)
    with small_disk(tmp_path) as disk:
        yield disk
