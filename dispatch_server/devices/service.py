"""The register as the console keeps it: new terminals, other names and departments, codes, revocation, retirement."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from dispatch_server.devices.ending import Endings
from dispatch_server.devices.enrolment import Code, KeptCode, new_code
from dispatch_server.devices.limits import DeviceLimits
from dispatch_server.devices.model import (
    Happening,
    Terminal,
    TerminalChanged,
    TerminalRegistered,
    TerminalRetired,
    TerminalRevoked,
    next_number,
)
from dispatch_server.devices.on_record import Lines, changes
from dispatch_server.devices.ports import (
    Beside,
    BusPort,
    CodeStorePort,
    DepartmentsPort,
    RegisterStorePort,
    WorldPort,
)
from dispatch_server.devices.presence import Presence
from dispatch_server.devices.refusals import (
    DepartmentUnknown,
    NumbersUsedUp,
    TerminalState,
    TerminalUnknown,
)
from dispatch_server.devices.register import Register
from dispatch_server.identity.callers import Caller
from dispatch_server.identity.model import Session
from dispatch_server.kit.errors import Unavailable
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope

ATTEMPTS = 8
MICROSECONDS = 1_000_000
Made = tuple[str, int]  # identity and utc_us of an event


class RegisterBusy(Unavailable):
    """Others changed the same again and again."""

    def __init__(self) -> None:
        super().__init__("register_busy", "The register was changed meanwhile; try again.", retry_after_s=1)


@dataclass(slots=True)
class DeviceService:
    world: WorldPort
    bus: BusPort
    store: RegisterStorePort
    codes: CodeStorePort
    departments: DepartmentsPort
    limits: DeviceLimits
    register: Register
    presence: Presence
    endings: Endings = field(default_factory=Endings)
    # What else lets somebody publish under a number, and is taken away with it: a publish key.
    also_ends: list[Callable[[str, Caller], Awaitable[None]]] = field(default_factory=list)
    lines: Lines = field(default_factory=lambda: Lines(None))
    # What is read from the database must not overtake what is just being written to it.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def listed(self, scope: Scope) -> list[Terminal]:
        return sorted(
            (one for one in self.register if scope.covers(one.department)), key=lambda terminal: terminal.number
        )

    def found(self, number: str, scope: Scope) -> Terminal:
        """Raises TerminalUnknown."""
        terminal = self.register.within(number, scope)
        if terminal is None:
            raise TerminalUnknown
        return terminal

    async def register_first(self) -> None:
        """At the first start: what the organisation begins with."""
        utc_us = self.world.utc_us()
        new: list[Terminal] = []
        for department in self.departments.departments().values():
            for name, name_en in department.first_terminals:
                number = next_number(department.path, [terminal.number for terminal in new])
                if number is not None:
                    new.append(
                        Terminal(number, name, name_en, department.path, since_utc_us=utc_us, registered_utc_us=utc_us)
                    )
        if new and not len(self.register):
            await self.store.add(new)  # another node may have been faster: its rows are the same
            await self.reload()

    async def add(self, department: str, name: str, name_en: str, scope: Scope, caller: Caller) -> Terminal:
        """A new terminal under the next number of its department."""
        self._check_department(department, scope)
        if len(self.register) >= self.limits.terminals:
            raise Unavailable("too_many_terminals", "No more terminals can be registered.")
        async with self.turn:
            for _ in range(ATTEMPTS):
                number = next_number(department, [terminal.number for terminal in self.register])
                if number is None:
                    raise NumbersUsedUp
                utc_us = self.world.utc_us()
                terminal = Terminal(number, name, name_en, department, since_utc_us=utc_us, registered_utc_us=utc_us)
                if await self.store.add([terminal], self.lines.of(caller, "device.register", terminal, name=name)):
                    self.register.put(terminal)
                    identity, at = self.made()
                    self.bus.publish(
                        TerminalRegistered(
                            identity=identity, utc_us=at, number=number, department=department, name=name
                        )
                    )
                    return terminal
                await self._load()  # another node took the number
        raise RegisterBusy

    async def change(
        self,
        number: str,
        scope: Scope,
        caller: Caller,
        name: str | None,
        name_en: str | None,
        department: str | None,
    ) -> Terminal:
        """Another name, or another department; both departments must be within the scope."""
        if department is not None:
            self._check_department(department, scope)

        def changed(terminal: Terminal) -> Terminal:
            return replace(
                terminal,
                name=terminal.name if name is None else name,
                name_en=terminal.name_en if name_en is None else name_en,
                department=terminal.department if department is None else department,
            )

        def line(before: Terminal, after: Terminal) -> Beside:
            return self.lines.of(caller, "device.change", after, **changes(before, after))

        before, after = await self.apply(number, scope, changed, line)
        identity, utc_us = self.made()
        self.bus.publish(
            TerminalChanged(
                identity=identity,
                utc_us=utc_us,
                number=number,
                department=after.department,
                name=after.name,
                department_before=before.department,
            )
        )
        return after

    async def issue_code(self, number: str, scope: Scope, caller: Session) -> tuple[Code, KeptCode]:
        """A code for one device, once; an earlier one of this terminal opens nothing any more."""
        terminal = self.found(number, scope)
        if not terminal.allows(Happening.ENROL):
            raise TerminalState(number, terminal.state)
        return await self.new_code(number, caller.person.id, self.lines.of(caller, "device.enrol", terminal))

    async def new_code(
        self, number: str, by: str, beside: Beside, officer: str = "", ends_utc_us: int = 0
    ) -> tuple[Code, KeptCode]:
        for _ in range(ATTEMPTS):
            code, utc_us = new_code(self.world.chance), self.world.utc_us()
            expires = utc_us + int(self.limits.code_life_s * MICROSECONDS)
            kept = KeptCode(code.locator, code.digest, number, utc_us, expires, by, officer, ends_utc_us)
            if await self.codes.add(kept, self.limits.codes, beside):
                return code, kept
        raise Unavailable("too_many_codes", "Too many codes are out; wait until some are used.", retry_after_s=60)

    async def revoke(self, number: str, scope: Scope, caller: Caller, reason: str) -> Terminal:
        """Its keys open nothing any more, here at once; codes that are out for it neither."""
        return await self._end(number, scope, caller, Happening.REVOKE, reason)

    async def retire(self, number: str, scope: Scope, caller: Caller, reason: str) -> Terminal:
        """For good: its number is not given again."""
        terminal = await self._end(number, scope, caller, Happening.RETIRE, reason)
        identity, utc_us = self.made()
        self.bus.publish(
            TerminalRetired(
                identity=identity, utc_us=utc_us, number=number, department=terminal.department, reason=reason
            )
        )
        return terminal

    async def apply(
        self,
        number: str,
        scope: Scope,
        make: Callable[[Terminal], Terminal],
        line: Callable[[Terminal, Terminal], Beside] | None = None,
        revokes: bool = False,
    ) -> tuple[Terminal, Terminal]:
        """
        Change one terminal, however often others change it meanwhile; what it was and what it is. `line` puts it on
        record: only that a terminal is seen or missed does without.
        """
        async with self.turn:
            for _ in range(ATTEMPTS):
                before = self.found(number, scope)
                after = replace(make(before), revision=before.revision + 1)
                beside = line(before, after) if line is not None else None
                if revokes:
                    done = await self.store.revoke(after, before.revision, self.world.utc_us(), beside)
                else:
                    done = await self.store.change(after, before.revision, beside)
                if done:
                    self.register.put(after)
                    return before, after
                await self._load()
        raise RegisterBusy

    async def reload(self) -> None:
        """What other nodes changed; what they revoked ends here too."""
        async with self.turn:
            if await self.store.revision() != self.register.revision:
                await self._load()

    async def end_revoked(self, since_utc_us: int) -> None:
        """After a restart: what was revoked meanwhile carries nothing on."""
        for number, key_id in await self.store.revoked_since(since_utc_us):
            self.endings.end([f"terminal:{number}:{key_id}"], "the terminal was revoked")

    def made(self) -> Made:
        utc_us = self.world.utc_us()
        return uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES)), utc_us

    def told_revoked(self, terminal: Terminal, reason: str) -> None:
        identity, utc_us = self.made()
        self.bus.publish(
            TerminalRevoked(
                identity=identity, utc_us=utc_us, number=terminal.number, department=terminal.department, reason=reason
            )
        )

    async def _end(self, number: str, scope: Scope, caller: Caller, happening: Happening, reason: str) -> Terminal:
        def ended(terminal: Terminal) -> Terminal:
            if not terminal.allows(happening):
                raise TerminalState(number, terminal.state)
            return terminal.after(happening, self.world.utc_us(), reason)

        ended(self.found(number, scope))  # refused before anything is taken away
        for end in self.also_ends:
            await end(number, caller)

        def line(_: Terminal, after: Terminal) -> Beside:
            return self.lines.of(caller, f"device.{happening.value}", after, reason=reason[:200])

        _, terminal = await self.apply(number, scope, ended, line, revokes=True)
        # From here on no request of it is answered, and what it has open ends before this returns.
        self.endings.end(self.register.revoked(terminal), reason)
        self.presence.leave(number)
        self.told_revoked(terminal, reason)
        await self.codes.withdraw(number)
        return terminal

    async def _load(self) -> None:
        revision = await self.store.revision()
        gone = self.register.load(*await self.store.all())
        self.register.revision = revision
        self.presence.keep_only(terminal.number for terminal in self.register)
        self.endings.end(gone, "the terminal was revoked")

    def _check_department(self, department: str, scope: Scope) -> None:
        if not scope.covers(department) or department not in self.departments.departments():
            raise DepartmentUnknown
