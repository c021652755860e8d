"""An address with a NUL in it goes no further, wherever it stands."""

import pytest

from dispatch_server.web.paths import NoNul
from tests.unit.web.asgi import answering, call


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [("/a", b"", 200), ("/a\0b", b"", 422), ("/a", b"x=%00", 422), ("/a", b"x=%2500", 200), ("/a", b"x=00", 200)],
)
async def test_only_an_address_without_one_is_asked(path: str, query: bytes, status: int) -> None:
    told = await call(NoNul(answering()), path=path, query_string=query)
    assert told.status == status
