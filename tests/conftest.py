"""What all tests share: free ports, a data folder, chance that repeats."""

import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

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
