"""What is refused before anybody reads it, and that every answer is counted."""

import pytest
from starlette.types import Receive, Scope, Send

from dispatch_server.runtime.counters import Counters
from dispatch_server.web.measure import Measure
from tests.unit.web.asgi import Headers, answering, call

LIMIT = 1000


def count(counters: Counters, method: str, status: str) -> float:
    name = "dispatch_http_request_seconds_count"
    return counters.registry.get_sample_value(name, {"method": method, "status": status}) or 0


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({"X": "a" * 900}, "/", 200),
        ({"X": "a" * 1001}, "/", 431),
        ({}, "/" + "a" * 1001, 431),
        ({f"X{n}": "" for n in range(200)}, "/", 431),
        ({"Content-Length": "5", "Transfer-Encoding": "chunked"}, "/", 400),
    ],
)
async def test_size_and_shape_of_a_header(headers: Headers, path: str, status: int) -> None:
    counters = Counters()
    told = await call(Measure(answering(), counters, 5, LIMIT), headers=headers, path=path)
    assert told.status == status
    assert count(counters, "GET", f"{status // 100}xx") == 1


async def test_more_than_may_be_in_hand_is_refused() -> None:
    counters = Counters()
    inner: list[int] = []

    async def asks_itself(scope: Scope, receive: Receive, send: Send) -> None:
        inner.append((await call(ring)).status)
        await answering()(scope, receive, send)

    ring = Measure(asks_itself, counters, 2, LIMIT)
    await call(ring)
    assert inner == [503, 200]
    assert counters.dropped_so_far("http", "status 503") == 1
    assert ring.requests.now == 0


async def test_made_up_methods_share_one_label() -> None:
    counters = Counters()
    ring = Measure(answering(204), counters, 5, LIMIT)
    for number in range(20):
        await call(ring, method=f"BREW{number}")
    assert count(counters, "other", "2xx") == 20
