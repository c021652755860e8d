"""Real processes on loopback, one server for each test."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.node import Node
from tests.e2e.office import Office, first_passwords

# Programs start, browsers too, on machines that do other things as well; each wait inside has its own deadline.
TEST_S = 240


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TEST_S))


@pytest.fixture
def node(data_folder: Path, free_port: Callable[[], int]) -> Iterator[Node]:
    with Node(data_folder, free_port()) as running:
        yield running


@pytest.fixture
def office(data_folder: Path, free_port: Callable[[], int]) -> Iterator[Office]:
    """A node that was set up with its three administrators."""
    passwords = first_passwords(data_folder, dict(os.environ))
    with Node(data_folder, free_port()) as running:
        opened = Office(running, passwords)
        yield opened
        opened.close()
