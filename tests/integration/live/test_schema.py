"""Requests made from the API's own document, good and bad (H1): no 5xx, and every answer as the document says."""

import asyncio
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import COOKIE
from dispatch_server.live.tokens import Direction
from tests.integration.live.rig import Rig

RIG = Rig()
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
document = schemathesis.openapi.from_asgi("/openapi.json", RIG.app)


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def as_text(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@document.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case) -> None:
    secret, _ = asyncio.run(RIG.sign_ins.begin(RIG.sign_ins.new_code(DEVELOPER)))
    bearer = RIG.room.token(Direction.PUBLISH, "T0101")
    answer = case.call(cookies={COOKIE: secret}, headers={"Authorization": f"Bearer {bearer}"})
    case.validate_response(answer, checks=CHECKS)
