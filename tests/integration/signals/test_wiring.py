"""The whole server, built and not opened: every message has its action, and what happens live is told to consoles."""

import json
from functools import cache
from typing import Any

from dispatch_server.app import create_app
from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.registry import MESSAGE, ROUTES
from dispatch_server.kit.redact import Secret
from dispatch_server.kit.scope import COUNTY
from dispatch_server.runtime.redis import RedisBus
from dispatch_server.settings import RedisSettings
from dispatch_server.settings.loading import load
from dispatch_server.signals.hub import Hub
from dispatch_server.wiring import Wiring, wire
from dispatch_server.wiring.signals import Watcher
from tests.unit.live.room import Room as LiveRoom
from tests.unit.signals.fakes import Room, read, session


@cache
def wiring() -> Wiring:
    return wire(load(None, {}))


def hub() -> Hub:
    found = wiring().signals
    assert isinstance(found, Hub)
    return found


def without_action(registered: list[tuple[str, str, str]]) -> list[str]:
    return [f"{path} {message}" for path, message, action in registered if action not in ACTIONS]


def test_every_message_and_topic_has_a_registered_action() -> None:
    registered = list(hub().handlers.registered())
    assert ("/ws/console", "subscribe streams", "stream.list") in registered
    assert len(registered) >= 11
    assert without_action(registered) == []
    create_app(wiring())
    noted = {(entry.path, entry.action) for entry in ROUTES if entry.method == MESSAGE}
    assert {(f"{path} {message}", action) for path, message, action in registered} <= noted


def test_a_message_without_an_action_is_seen() -> None:
    assert without_action([("/ws/console", "lamp", "no.such.action")]) == ["/ws/console lamp"]


def test_the_document_has_the_words_of_the_sockets() -> None:
    schemas = create_app(wire(load(None, {}))).openapi()["components"]["schemas"]
    assert {"Hello", "Welcome", "StreamChanged", "TerminalChanged", "StreamList"} <= set(schemas)


def test_a_node_of_several_is_built_with_one_bus() -> None:
    settings = load(None, {}).model_copy(update={"redis": RedisSettings(url=Secret("redis://localhost:1/0"))})
    built = wire(settings)
    assert isinstance(built.bus, RedisBus)
    assert "redis" in built.companions


class Desk:
    """A live room whose events go to a hub's watcher, and consoles of several departments."""

    def __init__(self) -> None:
        self.live = LiveRoom()
        self.room = Room()
        self.watcher = Watcher(self.room.hub, self.live.parts.wall.roster, self.live.parts.wall)
        self.room.hub.topic("streams", "stream.list", self.live.parts.wall.list_streams, 1.0)
        self.room.hub.topic("terminals", "terminal.list", self.live.parts.wall.list_terminals, 5.0)
        self.watcher.compare()

    def happen(self) -> None:
        for event in self.live.bus.events:
            self.watcher.happened(event)
        self.live.bus.events.clear()


def told(messages: list[dict[str, Any]], kind: str) -> list[str]:
    return [one["body"]["state"] for one in messages if one["type"] == kind]


def test_the_life_of_a_stream_is_told_where_it_may_be_seen() -> None:
    desk = Desk()
    own, _, _ = desk.room.open(session("own", "01"))
    other, _, _ = desk.room.open(session("other", "02"))
    opened = desk.live.go_live("T0101")
    desk.happen()
    desk.live.live.publisher_lost(opened.session_id)
    desk.happen()
    messages = read(own)
    assert told(messages, "stream_changed") == ["live", "lost"]
    assert told(messages, "terminal_changed") == ["lost"]  # the newest of two
    assert [one["type"] for one in read(other)] == ["welcome"]


def test_lists_hold_what_the_scope_covers() -> None:
    desk = Desk()
    desk.live.go_live("T0101")
    desk.live.go_live("T0201")
    lines = {path: desk.room.open(session(f"p{path}", path), topics=["streams", "terminals"])[0] for path in ("", "02")}
    for path, sources in (("", {"T0101", "T0201"}), ("02", {"T0201"})):
        bodies = {one["type"]: one["body"] for one in read(lines[path])}
        assert {one["source"] for one in bodies["stream_list"]["streams"]} == sources
        departments = {one["department_code"] for one in bodies["terminal_list"]["terminals"]}
        assert departments == ({"02"} if path else {one["code"] for one in bodies["terminal_list"]["departments"]})
        assert path == "" or "T0101" not in json.dumps(bodies)


def test_without_scopes_a_stream_of_another_department_would_be_told() -> None:
    """The harness can see what it is to prevent."""
    desk = Desk()
    desk.room.rights.scope = lambda session, action: COUNTY  # type: ignore[method-assign]
    other, _, _ = desk.room.open(session("other", "02"))
    desk.live.go_live("T0101")
    desk.happen()
    assert told(read(other), "stream_changed") == ["live"]
