"""Real services: a PostgreSQL for the whole run with a new database for each test, and a Redis for each test."""

from collections.abc import Callable, Iterator

import pytest

from tests.services import Postgres, Redis, postgres, redis


@pytest.fixture(scope="session", autouse=True)
def without_ballast() -> Iterator[None]:
    """Half a GiB for each server of a test would fill the disk that the next one measures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPATCH__ARCHIVE__BALLAST_BYTES", "0")
        yield


@pytest.fixture(scope="session")
def running_postgres() -> Iterator[Postgres]:
    with postgres() as service:
        yield service


@pytest.fixture
def postgres_url(running_postgres: Postgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of an empty database that is this test's alone."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    running_postgres.sql(f"CREATE DATABASE {name}")
    yield running_postgres.url(name)
    running_postgres.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def redis_service(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Redis]:
    """A Redis that the test may kill."""
    with redis(tmp_path_factory.mktemp("redis"), free_port()) as service:
        yield service
