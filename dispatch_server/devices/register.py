"""The register in memory: every request of a terminal is answered from here, and a change elsewhere arrives here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dispatch_server.devices.model import DeviceKey, Terminal
from dispatch_server.kit.scope import Scope


def holder_of(number: str, key_id: str) -> str:
    """As identity's TerminalCaller calls it."""
    return f"terminal:{number}:{key_id}"


@dataclass(slots=True)
class Register:
    """Keys are those that were not revoked: the one that holds, and those that it followed."""

    revision: tuple[int, int] = (-1, -1)
    _terminals: dict[str, Terminal] = field(default_factory=dict)
    _keys: dict[str, DeviceKey] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)  # thumbprint → id

    def __iter__(self) -> Iterator[Terminal]:
        return iter(list(self._terminals.values()))

    def __len__(self) -> int:
        return len(self._terminals)

    def get(self, number: str) -> Terminal | None:
        return self._terminals.get(number)

    def within(self, number: str, scope: Scope) -> Terminal | None:
        """The same for what is not there and for what may not be seen."""
        terminal = self._terminals.get(number)
        return terminal if terminal is not None and scope.covers(terminal.department) else None

    def key(self, key_id: str) -> DeviceKey | None:
        """Only while it holds."""
        key = self._keys.get(key_id)
        return key if key is not None and key.until_utc_us is None else None

    def key_by_thumbprint(self, thumbprint: str) -> DeviceKey | None:
        """The same; a look-up in a dictionary, so a `kid` that is a path or a query finds nothing."""
        return self.key(self._ids.get(thumbprint, ""))

    def key_of(self, number: str) -> DeviceKey | None:
        found = (key for key in self._keys.values() if key.terminal == number and key.until_utc_us is None)
        return next(found, None)

    def put(self, terminal: Terminal) -> None:
        self._terminals[terminal.number] = terminal

    def seen(self, number: str, utc_us: int) -> None:
        terminal = self._terminals.get(number)
        if terminal is not None:
            self._terminals[number] = replace(terminal, seen_utc_us=utc_us)

    def enrolled(self, terminal: Terminal, key: DeviceKey) -> list[str]:
        """Its earlier keys hold no longer: who holds what they opened."""
        ended = self.revoked(terminal)
        self._hold(key)
        return ended

    def revoked(self, terminal: Terminal) -> list[str]:
        self.put(terminal)
        gone = [key for key in self._keys.values() if key.terminal == terminal.number]
        for key in gone:
            del self._keys[key.id]
            self._ids.pop(key.thumbprint, None)
        return [holder_of(key.terminal, key.id) for key in gone]

    def rolled_over(self, old: DeviceKey, new: DeviceKey) -> None:
        self._keys[old.id] = replace(old, until_utc_us=new.since_utc_us)
        self._hold(new)

    def load(self, terminals: Iterable[Terminal], keys: Iterable[DeviceKey]) -> list[str]:
        """What the database says; who holds what was opened with keys that are no longer there."""
        before = self._keys
        self._terminals = {terminal.number: terminal for terminal in terminals}
        self._keys, self._ids = {}, {}
        for key in keys:
            self._hold(key)
        return [holder_of(key.terminal, key.id) for key in before.values() if key.id not in self._keys]

    def _hold(self, key: DeviceKey) -> None:
        self._keys[key.id] = key
        self._ids[key.thumbprint] = key.id
