"""What this room asks of others: clock and chance, the bus, departments and officers, and places that keep things."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from dispatch_server.devices.model import DeviceKey, Shift, Terminal
from dispatch_server.kit.events import Event

if TYPE_CHECKING:
    from dispatch_server.devices.enrolment import Code, KeptCode
    from dispatch_server.devices.health import Health
    from dispatch_server.devices.pins import KeptPin

# What is to be written in the same transaction: the ledger's line. It is handed the connection.
Beside = Callable[[Any], Awaitable[None]]


# Whether this code may enrol this terminal, and with what: a pure decision inside the transaction.
Decide = Callable[["KeptCode", Terminal], tuple[Terminal, DeviceKey] | None]


class EntropyPort(Protocol):
    def __call__(self, count: int, /) -> bytes: ...


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class BlockingPort(Protocol):
    """Runs what takes long in a thread."""

    async def __call__(self, function: Callable[..., Any], *arguments: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """`first_terminals`: (name, name_en) of those that are registered at the first start."""

    path: str
    name: str
    name_en: str
    first_terminals: tuple[tuple[str, str], ...] = ()


class DepartmentsPort(Protocol):
    """The organisation's tree."""

    def departments(self) -> Mapping[str, DepartmentFacts]:
        """By path."""


@dataclass(frozen=True, slots=True)
class OfficerFacts:
    """`may_act_until_utc_us`: the end of the certificate; None: there is no valid one."""

    id: str
    name: str
    department: str  # path
    may_act_until_utc_us: int | None


class OfficersPort(Protocol):
    async def officer(self, officer: str) -> OfficerFacts | None:
        """By id or certificate number."""


class HolderListener(Protocol):
    """Told when what a terminal's key opened must end: its media sessions, its sockets."""

    def __call__(self, holder: str, reason: str, /) -> None: ...


class HeadPort(Protocol):
    """The newest signed head of the ledger, as a terminal keeps it; None: there is none."""

    def __call__(self) -> Mapping[str, Any] | None: ...


class RegisterStorePort(Protocol):
    """When a call returns, it is done for good."""

    async def revision(self) -> tuple[int, int]:
        """Changes whenever any terminal or key does."""

    async def all(self) -> tuple[list[Terminal], list[DeviceKey]]:
        """Every terminal, and every key that was not followed by a revocation."""

    async def keys_ever_of(self, number: str) -> list[DeviceKey]:
        """All that it ever had, the oldest first."""

    async def key_ever_of(self, number: str, thumbprint: str) -> DeviceKey | None:
        """Also an earlier or a revoked one."""

    async def add(self, terminals: Sequence[Terminal], beside: Beside | None = None) -> bool:
        """False when one of the numbers is taken: then none is added."""

    async def change(self, terminal: Terminal, revision: int, beside: Beside | None = None) -> bool:
        """False when it is not at that revision any more."""

    async def revoke(self, terminal: Terminal, revision: int, utc_us: int, beside: Beside | None = None) -> bool:
        """The same, and all its keys end."""

    async def roll_over(self, key: DeviceKey, old_id: str, beside: Beside | None = None) -> bool:
        """False when the old key does not hold any more. Raises KeyKnown."""

    async def seen(self, moments: Mapping[str, int]) -> None: ...

    async def last_seen(self, numbers: Iterable[str]) -> dict[str, int]: ...

    async def revoked_since(self, utc_us: int) -> list[tuple[str, str]]:
        """(terminal, key id)."""


class CodeStorePort(Protocol):
    async def add(self, code: "KeptCode", most: int, beside: Beside) -> bool:
        """False when its locator is in use or too many codes are open. Earlier ones of this use end."""

    async def enrol(
        self,
        code: "Code",
        tries: int,
        utc_us: int,
        decide: Decide,
        beside: Callable[[Terminal], Beside],
        *,
        counts: bool = True,
    ) -> Terminal | None:
        """
        In one transaction: the code is used up, the terminal's keys end, its new key and state are kept. None when
        the code or the decision says no, which is a try that `counts` or not. Raises KeyKnown.
        """

    async def use(
        self, code: "Code", terminal: str, tries: int, utc_us: int, *, counts: bool = True
    ) -> "KeptCode | None": ...

    async def withdraw(self, terminal: str) -> None: ...

    async def purge(self, before_utc_us: int) -> None: ...


class ShiftStorePort(Protocol):
    async def open(self) -> list[Shift]: ...

    async def of_terminal(self, number: str, most: int) -> list[Shift]: ...

    async def begin(self, shift: Shift, most: int, beside: Beside) -> None:
        """Raises OfficerElsewhere, TerminalTaken."""

    async def end(self, shift_id: str, utc_us: int, reason: str, beside: Beside | None = None) -> bool: ...

    async def pin(self, officer: str) -> "KeptPin | None": ...

    async def keep_pin(self, pin: "KeptPin", beside: Beside) -> None: ...

    async def count_try(self, officer: str, most: int, lock_us: int, utc_us: int) -> bool:
        """Count a try as a wrong one before it is looked at; False while it is locked."""

    async def forgive(self, officer: str) -> None: ...


class HealthStorePort(Protocol):
    async def keep(self, rows: Sequence[tuple[str, "Health", Sequence[str]]]) -> None: ...

    async def history(self, number: str, from_utc_us: int, most: int) -> "list[tuple[Health, list[str]]]": ...

    async def newest(self) -> "dict[str, tuple[Health, list[str]]]": ...

    async def purge(self, before_utc_us: int) -> None: ...
