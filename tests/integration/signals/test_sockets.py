"""H4 on both sockets: who may open one, what ends it, and with what words."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from dispatch_server.identity.model import Role
from dispatch_server.protocol.signals import StreamChanged
from tests.integration.signals.rig import PROTOCOL, Client, Node, node
from tests.integration.web.harness import Connection
from tests.integration.web.test_sockets import frame
from tests.waiting import until_async

SIGNALS = {"messages_per_s": 20, "ping_s": 20, "hello_s": 0.5, "message_bytes": 65_536}
LIMITS = {"header_s": 0.8, "stalled_s": 0.8}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Node]:
    async with node(tmp_path, signals=SIGNALS, limits=LIMITS) as server:
        yield server


@pytest.fixture(params=["console", "terminal"])
async def opening(server: Node, request: pytest.FixtureRequest) -> Any:
    """Opens a socket of either kind, as its owner; headers may be added."""
    if request.param == "console":
        secret, _ = await server.sign_in("li")
        return lambda **headers: server.opening("/ws/console", {"Cookie": f"session={secret}", **headers})
    token = server.tokens.issue("good")
    return lambda **headers: server.opening("/ws/terminal", headers, [PROTOCOL, f"bearer.{token}"])


async def refusal(opening: Any) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as refused:
        async with opening:
            pass
    return refused.value.response.status_code, refused.value.response.body.decode()


async def test_who_is_not_signed_in_opens_no_console(server: Node) -> None:
    for headers in ({}, {"Cookie": "session=wrong"}):
        status, body = await refusal(server.opening("/ws/console", headers))
        assert (status, "not_signed_in" in body) == (401, True)


@pytest.mark.parametrize(
    "protocols",
    [None, [PROTOCOL], [PROTOCOL, "bearer.wrong"], ["bearer.good"], [PROTOCOL, "bearer.good", "bearer.other"]],
)
async def test_who_has_no_access_token_opens_no_terminal(server: Node, protocols: list[str] | None) -> None:
    server.tokens.issue("good")
    secret, _ = await server.sign_in("li")
    status, body = await refusal(server.opening("/ws/terminal", {"Cookie": f"session={secret}"}, protocols))
    assert (status, "token_refused" in body) == (401, True)


async def test_the_token_is_not_sent_back(server: Node) -> None:
    async with server.terminal(server.tokens.issue("good")) as socket:
        assert socket.response is not None
        assert socket.response.headers["Sec-WebSocket-Protocol"] == PROTOCOL


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example:1"])
async def test_a_foreign_page_cannot_open_one(opening: Any, origin: str) -> None:
    assert (await refusal(opening(Origin=origin)))[0] == 403


async def test_the_own_page_can(server: Node, opening: Any) -> None:
    async with opening(Origin=f"http://127.0.0.1:{server.port}") as socket:
        await Client.greeting(socket)


@pytest.mark.parametrize("first", ["", "no json", '{"type":"ping"}', '{"type":"hello","body":{"more":1}}', None])
async def test_who_does_not_say_hello_is_shown_out(opening: Any, first: str | None) -> None:
    async with opening() as socket:
        client = Client(socket)
        if first is not None:
            await socket.send(first)
        assert await client.ended() == 1008
        assert [one["body"]["code"] for one in client.messages] == ["no_hello"]


async def test_too_large_a_message_ends_it(server: Node, opening: Any) -> None:
    async with opening() as socket:
        client = await Client.greeting(socket)
        await socket.send("x" * 65_537)
        assert await client.ended() == 1009
    await until_async(lambda: all(line.pipe is None for line in server.hub.lines))


async def test_too_many_messages_end_it(opening: Any) -> None:
    async with opening() as socket:
        client = await Client.greeting(socket)
        for _ in range(21):
            await client.send("ping")
        assert await client.ended() == 1008
        assert client.messages[-1]["body"] == {"code": "too_many_messages", "again": True}


async def test_as_many_as_are_allowed_do_not(opening: Any) -> None:
    async with opening() as socket:
        client = await Client.greeting(socket)
        for _ in range(2):
            for _ in range(20):
                await client.send("ping")
            for _ in range(20):
                assert (await client.next())["type"] == "pong"
            await asyncio.sleep(1.05)


async def test_bytes_are_no_message(opening: Any) -> None:
    async with opening() as socket:
        client = await Client.greeting(socket)
        await socket.send(b"hello")
        assert await client.ended() == 1003


async def test_wrong_messages_are_answered_and_the_socket_goes_on(opening: Any) -> None:
    async with opening() as socket:
        client = await Client.greeting(socket)
        await socket.send("{")
        await client.send("no_such_message", "m-1")
        await client.send("ping")
        codes = [(await client.next())["body"].get("code") for _ in range(3)]
        assert sorted(str(code) for code in codes) == ["None", "malformed_message", "unknown_type"]


async def raw(server: Node, secret: str) -> Connection:
    """An open console whose frames are written by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    head = "GET /ws/console HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += f"Cookie: session={secret}\r\n"
    writer.write(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    return Connection(reader, writer)


async def test_a_message_that_is_never_finished_ends_it(server: Node) -> None:
    connection = await raw(server, (await server.sign_in())[0])
    connection.send(frame(0x1, b'{"type":"hello","body":{}}'))
    connection.send(frame(0x1, b"begin", final=False))
    assert await connection.ended(5)
    assert server.counters.dropped_so_far("http", "message never finished") == 1


async def test_the_end_of_the_sign_in_ends_the_socket(server: Node) -> None:
    secret, session = await server.sign_in()
    async with server.console(secret) as socket:
        client = await Client.greeting(socket)
        await server.sign_ins.end(session, "signed out")
        assert await client.ended(2) == 4401
        assert client.messages[-1]["body"] == {"code": "session_ended", "again": False}
    assert len(server.hub.lines) == 0


async def test_pings_are_no_activity(server: Node) -> None:
    secret, session = await server.sign_in()
    async with server.console(secret) as socket:
        client = await Client.greeting(socket)
        session.seen_utc_us = seen = session.seen_utc_us - 10_000_000
        await client.send("ping")
        await client.next()
        assert session.seen_utc_us == seen
        session.seen_utc_us -= server.sign_ins.times.idle_us  # nothing was asked for a quarter of an hour
        assert await client.ended(3) == 4401


async def test_who_lost_the_right_and_does_not_read_is_cut_off(server: Node) -> None:
    secret, session = await server.sign_in()
    connection = await raw(server, secret)
    connection.send(frame(0x1, b'{"type":"hello","body":{}}'))
    await until_async(lambda: len(server.hub.lines) == 1)
    (line,) = list(server.hub.lines)
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
    server.front.bounds.limits = server.front.bounds.limits.model_copy(update={"stalled_s": 60})
    for _ in range(200):  # until nothing more goes out
        server.hub.tell_here("terminal.list", "", big())
        await asyncio.sleep(0.005)
    assert line.outbox.overflows
    await server.sign_ins.end(session, "signed out")
    await until_async(lambda: not server.front.server_state.connections, 3)
    connection.end()


def big() -> StreamChanged:
    return StreamChanged(stream_id="s", source="T0101", department="", state="live", utc_us=1, reason="x" * 60_000)


async def test_a_revoked_token_ends_the_socket_also_when_nobody_says_so(server: Node) -> None:
    token = server.tokens.issue("good")
    async with server.terminal(token) as socket:
        client = await Client.greeting(socket)
        server.tokens.valid.clear()
        assert await client.ended(2) == 4401
        assert client.messages[-1]["body"] == {"code": "token_over", "again": True}


async def test_a_token_is_replaced_before_it_is_over(server: Node) -> None:
    async with server.terminal(server.tokens.issue("first")) as socket:
        client = await Client.greeting(socket)
        server.tokens.issue("next")
        server.tokens.issue("other", "T0202")
        for token, answer in (("wrong", "token_refused"), ("other", "token_not_for_this"), ("next", None)):
            await client.send("authenticate", f"m-{token}", token=token)
            assert (await client.next())["body"].get("code") == answer
        del server.tokens.valid["first"]
        await until_async(lambda: server.tokens.looked[-3:] == ["next"] * 3)
        await client.send("ping")
        assert (await client.next())["type"] == "pong"


async def test_an_officer_may_have_a_socket_but_sees_no_lists(server: Node) -> None:
    async with server.console((await server.sign_in("chen", "01", Role.OFFICER))[0]) as socket:
        client = await Client.greeting(socket)
        server.hub.tell_here("terminal.list", "01", big())
        await client.send("ping")
        assert (await client.next())["type"] == "pong"


async def test_a_storm_of_openings_and_closings_leaves_a_few_lines_and_no_connection(server: Node) -> None:
    secret, _ = await server.sign_in()

    async def once() -> None:
        async with server.console(secret) as socket:
            await Client.greeting(socket)

    for _ in range(4):
        await asyncio.gather(*(once() for _ in range(8)))
    await until_async(lambda: not server.front.server_state.connections)
    assert len(server.hub.lines) <= server.hub.limits.lines_per_holder
    assert all(line.pipe is None for line in server.hub.lines)


async def test_a_flood_of_frames_ends_its_own_connection_only(server: Node) -> None:
    secret, _ = await server.sign_in()
    flood = await raw(server, secret)
    flood.send(frame(0x1, b'{"type":"hello","body":{}}') + frame(0x1, b'{"type":"ping"}') * 10_000)
    assert await flood.ended(5)
    async with server.console(secret) as socket:
        client = await Client.greeting(socket)
        await client.send("ping")
        assert (await client.next())["type"] == "pong"
