"""The bus between nodes, over Redis: heard here at once, and elsewhere as long as Redis is there."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import redis.asyncio as redis
from pydantic import TypeAdapter, ValidationError
from redis.exceptions import RedisError

from dispatch_server.kit.events import Event
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.fanout import Inbox, LocalBus
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import BusSettings, RedisSettings

E = TypeVar("E", bound=Event)
BLOCK_MS = 1000
BATCH = 100
KIND_CACHE = 1000
_log = log_of("bus")
Fields = dict[bytes, bytes]


class RedisBus:
    """
    kit.bus.Bus for several nodes, no subscriber of which ever waits for Redis.

    Durable kinds go through one stream, so that a node that lost its connection reads on where it was; the others
    through pub/sub. Redis keeps nothing that would be missed: after FLUSHALL everything goes on.
    """

    def __init__(self, settings: RedisSettings, bus: BusSettings, counters: Counters, world: World) -> None:
        self._settings = settings
        self._counters = counters
        self._local = LocalBus(bus, counters)
        self._node = world.chance(8).hex().encode()
        self._waiting: deque[Event] = deque()
        self._limit = bus.queue
        self._wake = asyncio.Event()
        self._stream = f"{settings.prefix}:events"
        self._channel = f"{settings.prefix}:now"
        self._read_to: str | bytes = "$"
        self._kinds = _Kinds()
        self.connected = False

    def publish(self, event: Event) -> None:
        self._local.publish(event)
        if len(self._waiting) >= self._limit:
            self._waiting.popleft()
            self._counters.dropped("bus", "to other nodes")
        self._waiting.append(event)
        self._wake.set()

    def subscribe(self, kind: type[E], name: str) -> Inbox[E]:
        return self._local.subscribe(kind, name)

    async def check(self) -> str | None:
        """None when Redis answers, else what is wrong; nothing here depends on it."""
        return None if self.connected else "Redis does not answer."

    @asynccontextmanager
    async def opened(self, scope: TaskScope) -> AsyncIterator["RedisBus"]:
        """Three tasks, each of which begins anew when Redis was away."""
        async with self._client() as sending, self._client() as reading, self._client() as listening:
            tasks = [
                scope.start("bus sender", lambda: self._send(sending)),
                scope.start("bus reader", lambda: self._read(reading)),
                scope.start("bus listener", lambda: self._listen(listening)),
            ]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator["redis.Redis"]:
        """One connection each: a cancelled command must never leave its reply to another (CVE-2023-28858)."""
        client = redis.from_url(
            self._settings.url.reveal(),
            socket_connect_timeout=self._settings.connect_s,
            socket_timeout=self._settings.connect_s + BLOCK_MS / 1000,
            max_connections=2,
            health_check_interval=15,
        )
        try:
            yield client
        finally:
            await client.aclose()

    async def _send(self, client: "redis.Redis") -> None:
        while True:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            event = self._waiting[0]
            fields: Any = {
                "node": self._node,
                "kind": self._kinds.name_of(type(event)),
                "event": self._kinds.dump(event),
            }
            try:
                if event.durable:
                    await client.xadd(self._stream, fields, maxlen=self._settings.stream_length, approximate=True)
                else:
                    await client.publish(self._channel, _pack(fields))
            except (RedisError, OSError, TimeoutError) as error:
                self._lost(error)
                await asyncio.sleep(1)
                continue
            self.connected = True
            if self._waiting and self._waiting[0] is event:
                self._waiting.popleft()

    async def _read(self, client: "redis.Redis") -> None:
        while True:
            try:
                if self._read_to == "$":
                    self._read_to = await self._end_of_stream(client)
                    self.connected = True
                found: Any = await client.xread({self._stream: self._read_to}, count=BATCH, block=BLOCK_MS)
            except (RedisError, OSError, TimeoutError) as error:
                self._lost(error)
                await asyncio.sleep(1)
                continue
            self.connected = True
            for _, entries in found or ():
                for identity, fields in entries:
                    self._read_to = identity
                    self._heard(fields)

    async def _end_of_stream(self, client: "redis.Redis") -> bytes | str:
        newest: Any = await client.xrevrange(self._stream, count=1)
        return newest[0][0] if newest else "0-0"

    async def _listen(self, client: "redis.Redis") -> None:
        while True:
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(self._channel)
                    while True:
                        message: Any = await channel.get_message(timeout=BLOCK_MS / 1000)
                        if message is not None:
                            self._heard(_unpack(message["data"]))
            except (RedisError, OSError, TimeoutError) as error:
                self._lost(error)
                await asyncio.sleep(1)

    def _heard(self, fields: Fields) -> None:
        """Tell the subscribers here what another node said; what is not understood is dropped."""
        if fields.get(b"node") == self._node:
            return
        try:
            event = self._kinds.load(fields[b"kind"].decode(), fields[b"event"])
        except (KeyError, ValueError, ValidationError):
            self._counters.dropped("bus", "not understood")
            return
        if event is not None:
            self._local.publish(event)

    def _lost(self, error: BaseException) -> None:
        self.connected = False
        _log.warning("Redis does not answer; this node goes on alone", error=str(error)[:200])


def _pack(fields: dict[str, Any]) -> bytes:
    texts = {key: value.decode() if isinstance(value, bytes) else value for key, value in fields.items()}
    return json.dumps(texts).encode()


def _unpack(message: bytes) -> Fields:
    try:
        return {str(key).encode(): str(value).encode() for key, value in json.loads(message).items()}
    except (ValueError, AttributeError):
        return {}


class _Kinds:
    """Events by name and back; nodes of one platform run the same program."""

    def __init__(self) -> None:
        self._adapters: dict[str, TypeAdapter[Any] | None] = {}

    def name_of(self, kind: type[Event]) -> str:
        return f"{kind.__module__}:{kind.__qualname__}"

    def dump(self, event: Event) -> bytes:
        adapter = self._adapter(self.name_of(type(event)))
        assert adapter is not None
        return adapter.dump_json(event)

    def load(self, name: str, text: bytes) -> Event | None:
        """None for a kind that nobody in this process has imported, so nobody waits for it."""
        adapter = self._adapter(name)
        if adapter is None:
            return None
        event: Event = adapter.validate_json(text)
        return event

    def _adapter(self, name: str) -> TypeAdapter[Any] | None:
        if self._adapters.get(name) is None:
            kinds = [one for one in _all_kinds(Event) if self.name_of(one) == name]
            if not kinds:
                return None
            if len(self._adapters) >= KIND_CACHE:
                self._adapters.clear()
            # dataclass(slots=True) makes a second class of the same name; the first lives on until it is collected.
            self._adapters[name] = TypeAdapter(kinds[-1])
        return self._adapters[name]


def _all_kinds(kind: type[Event]) -> list[type[Event]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _all_kinds(child))]
