"""The one registry of what is served: each route and each kind of socket message, with the action that opens it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute, APIWebSocketRoute

from dispatch_server.identity.actions import ACTIONS, Recorded
from dispatch_server.identity.guard import ByTerminal, Mark, Permit, marks_in
from dispatch_server.identity.recording import OnRecord
from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.problem import responses

SOCKET = "SOCKET"  # stands in place of a method
MESSAGE = "MESSAGE"  # the same, for what comes through a socket
SAFE = frozenset({"GET", "HEAD", "OPTIONS", SOCKET})
OF_BODIES = responses(400, 408, 413, 415)  # what the rings answer to any body: not to be forgotten in the document


class Unmarked(LocalFault):
    """A route that says not, or says twice, what opens it."""

    def __init__(self, route: str, count: int) -> None:
        super().__init__("route_unmarked", f"{route} has {count} marks instead of one.")


@dataclass(frozen=True, slots=True)
class Entry:
    """`path` as the route is declared, or the type of a message; `kind` the mark: Permit, ByTerminal, Bearer, Open."""

    method: str
    path: str
    action: str
    kind: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(slots=True)
class Registry:
    """Applications are built more than once: to enter the same again changes nothing, something else is a mistake."""

    _entries: dict[tuple[str, str], Entry] = field(default_factory=dict)

    def note(self, entry: Entry) -> None:
        if entry.action not in ACTIONS:
            raise LocalFault("action_unknown", f"{entry} names {entry.action}, which nobody registered.")
        if self._entries.setdefault((entry.method, entry.path), entry) != entry:
            raise LocalFault("route_twice", f"{entry} is registered twice, differently.")

    def note_message(self, name: str, action: str, kind: str = "Permit") -> None:
        """A kind of message that a socket takes, by its type's name."""
        self.note(Entry(MESSAGE, name, action, kind))

    def of(self, method: str, path: str) -> Entry | None:
        return self._entries.get((method, path))

    def __iter__(self) -> Iterator[Entry]:
        return iter(sorted(self._entries.values(), key=lambda entry: (entry.path, entry.method)))


ROUTES = Registry()


class GuardedRouter(APIRouter):
    """A router that takes no route without exactly one mark, enters it in the registry, and puts it on record."""

    def __init__(self, *, registry: Registry = ROUTES, **options: Any) -> None:
        self._registry = registry
        super().__init__(**options)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().add_api_route(path, endpoint, **options)
        route = self.routes[-1]
        assert isinstance(route, APIRoute)
        methods = sorted(route.methods or ())
        mark = self._only_mark(f"{methods[0]} {route.path}", route)
        for method in methods:
            self._registry.note(Entry(method, route.path, mark.action, type(mark).__name__))
        is_recorded = isinstance(mark, Permit | ByTerminal)
        if is_recorded or route.body_field is not None:
            del self.routes[-1]
            refused = OF_BODIES if route.body_field is not None else {}
            options["responses"] = refused | (options.get("responses") or {})
            recorded = recording(endpoint, mark.action, methods) if is_recorded else endpoint
            super().add_api_route(path, recorded, **options)

    def add_api_websocket_route(self, path: str, endpoint: Callable[..., Any], *more: Any, **options: Any) -> None:
        super().add_api_websocket_route(path, endpoint, *more, **options)
        route = self.routes[-1]
        assert isinstance(route, APIWebSocketRoute)
        mark = self._only_mark(f"{SOCKET} {route.path}", route)
        self._registry.note(Entry(SOCKET, route.path, mark.action, type(mark).__name__))

    def _only_mark(self, name: str, route: APIRoute | APIWebSocketRoute) -> Mark:
        marks = marks_in(dependency.call for dependency in route.dependant.dependencies)
        if len(marks) != 1:
            del self.routes[-1]
            raise Unmarked(name, len(marks))
        return marks[0]


def recorded_before(action: str, methods: list[str]) -> bool:
    """Whether the guard puts it on record: always, or for methods that change something."""
    recorded = ACTIONS[action].recorded
    return recorded is Recorded.BEFORE or (recorded is Recorded.CHANGES and not SAFE.issuperset(methods))


def recording(endpoint: Callable[..., Any], action: str, methods: list[str]) -> Callable[..., Any]:
    """
    The route behind its line in the ledger, where the guard writes it: when the request was understood and before it
    is done. What the room then refuses, and what fails, is a line of any route.
    """
    if not iscoroutinefunction(endpoint):
        raise LocalFault("route_not_async", f"{endpoint.__qualname__} must be a coroutine function.")
    begins, changes = recorded_before(action, methods), not SAFE.issuperset(methods)

    @wraps(endpoint)
    async def recorded(*arguments: Any, **named: Any) -> Any:
        async with OnRecord(action, ACTIONS[action].recorded, begins, changes):
            return await endpoint(*arguments, **named)

    return recorded
