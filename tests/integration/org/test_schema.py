"""Requests made from the API's own document, good and bad: no 5xx, every answer as the document says."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dispatch_server.identity.guard import COOKIE
from dispatch_server.identity.model import Person, Role
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.settings import BusSettings, DatabaseSettings
from tests.integration.org.rig import Rig

FOLDER = tempfile.TemporaryDirectory()
URL = f"sqlite+aiosqlite:///{Path(FOLDER.name) / 'test.sqlite3'}"
RIG = Rig(Database(DatabaseSettings(url=Secret(URL)), Counters()), LocalBus(BusSettings(), Counters()))
ADMIN = Person("p-1", "某人", frozenset({Role.SYSTEM_ADMIN}))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
document = schemathesis.openapi.from_asgi("/openapi.json", RIG.app)
ours = document.include(path_regex="^/api/v1/org/")


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def as_bytes(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module", autouse=True)
def cookie() -> Iterator[str]:
    """Of the system administrator, while the county is open."""
    with FOLDER, asyncio.Runner() as runner:
        opened = RIG.org.store.database.opened()
        runner.run(opened.__aenter__())
        runner.run(RIG.import_sample())
        secret, _ = runner.run(RIG.sign_ins.begin(RIG.sign_ins.new_code(ADMIN)))
        yield secret
        runner.run(opened.__aexit__(None, None, None))


@ours.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case, cookie: str) -> None:
    case.validate_response(case.call(cookies={COOKIE: cookie}), checks=CHECKS)
