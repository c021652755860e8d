"""Real processes on loopback, one server for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.node import Node


@pytest.fixture
def node(data_folder: Path, free_port: Callable[[], int]) -> Iterator[Node]:
    with Node(data_folder, free_port()) as running:
        yield running
