"""Issue and return: which officers carry which terminal, from when until when."""

from dataclasses import dataclass, field

from dispatch_server.devices.enrolment import Code, KeptCode, read_code
from dispatch_server.devices.limits import DeviceLimits
from dispatch_server.devices.model import OFFICERS_ON_A_TERMINAL, Shift, ShiftBegun, ShiftEnded, State, Terminal
from dispatch_server.devices.pins import KeptPin, check_strength, hashed, verified
from dispatch_server.devices.ports import Beside, BlockingPort, OfficerFacts, OfficersPort, ShiftStorePort
from dispatch_server.devices.refusals import (
    CodeRefused,
    OfficerElsewhere,
    OfficerMayNot,
    OfficerUnknown,
    PinRefused,
    ShiftTooLong,
    ShiftUnknown,
    TerminalState,
    TooManyTries,
)
from dispatch_server.devices.service import MICROSECONDS, DeviceService
from dispatch_server.identity.callers import Caller, TerminalCaller
from dispatch_server.identity.hashing import Gate
from dispatch_server.identity.model import Session
from dispatch_server.kit.rates import Rate
from dispatch_server.kit.scope import Scope

HISTORY = 100


@dataclass(slots=True)
class Shifts:
    devices: DeviceService
    store: ShiftStorePort
    officers: OfficersPort
    in_thread: BlockingPort
    limits: DeviceLimits
    tries: Rate
    counted: Rate  # a wrong code counts against the one that is meant once for each terminal
    hashing: Gate
    _open: dict[str, Shift] = field(default_factory=dict)  # by id

    def of(self, number: str) -> list[Shift]:
        """Who carries it now."""
        utc_us = self.devices.world.utc_us()
        return [shift for shift in self._open.values() if shift.terminal == number and not shift.over(utc_us)]

    def names_of(self, number: str) -> list[str]:
        return [shift.officer_name for shift in self.of(number)]

    async def refresh(self) -> None:
        """What other nodes issued and took back."""
        self._open = {shift.id: shift for shift in await self.store.open()}

    async def history(self, number: str, scope: Scope) -> list[Shift]:
        self.devices.found(number, scope)
        return await self.store.of_terminal(number, HISTORY)

    async def issue(self, number: str, scope: Scope, officer: str, ends_utc_us: int | None, caller: Session) -> Shift:
        """At the desk: somebody hands the terminal to an officer."""
        terminal = self.devices.found(number, scope)
        facts = await self._officer(officer, scope)
        return await self._begin(terminal, facts, ends_utc_us, caller.person.id, "desk", scope, caller)

    async def issue_code(
        self, number: str, scope: Scope, officer: str, ends_utc_us: int | None, caller: Session
    ) -> tuple[Code, KeptCode]:
        """A code that this terminal shows or scans: then that officer carries it."""
        terminal = self.devices.found(number, scope)
        facts = await self._officer(officer, scope)
        self._end_of(terminal, facts, ends_utc_us)
        line = self.devices.lines.of(caller, "device.issue", terminal, done="code given", officer=facts.id)
        return await self.devices.new_code(number, caller.person.id, line, facts.id, ends_utc_us or 0)

    def count_try(self, number: str) -> None:
        """Before a terminal's change of shift is put on record and looked at. Raises TooManyTries."""
        wait_s = self.tries.spend(number, self.devices.world.monotonic())
        if wait_s:
            raise TooManyTries(wait_s)

    async def log_in_by_code(self, caller: TerminalCaller, text: str) -> Shift:
        code = read_code(text)
        kept = None
        if code is not None:
            utc_us = self.devices.world.utc_us()
            counts = not self.counted.spend(f"{caller.number} {code.locator}", self.devices.world.monotonic())
            kept = await self.devices.codes.use(code, caller.number, self.limits.code_tries, utc_us, counts=counts)
        facts = await self.officers.officer(kept.officer) if kept is not None else None
        if kept is None or facts is None:
            raise CodeRefused
        return await self._begin(
            self._own(caller),
            facts,
            kept.shift_ends_utc_us or None,
            kept.issued_by,
            "code",
            Scope.of(caller.department),
        )

    async def log_in_by_pin(self, caller: TerminalCaller, officer: str, pin: str) -> Shift:
        """
        An officer of the terminal's own department subtree; a wrong PIN, a wrong officer and a locked one take as long
        and are answered alike. A try is counted before it is looked at, so that many at once are no way around it.
        """
        facts = await self.officers.officer(officer)
        scope = Scope.of(caller.department.partition("/")[0])
        known = facts.id if facts is not None and scope.covers(facts.department) else ""
        utc_us = self.devices.world.utc_us()
        lock_us = int(self.limits.pin_lock_s * MICROSECONDS)
        allowed = await self.store.count_try(known, self.limits.pin_tries, lock_us, utc_us)
        kept = await self.store.pin(known)
        async with self.hashing.passed():
            right = await self.in_thread(verified, kept.digest if kept is not None else None, pin)
        if not (allowed and right and facts is not None and known):
            raise PinRefused
        await self.store.forgive(known)
        return await self._begin(self._own(caller), facts, None, known, "pin", Scope.of(caller.department))

    async def set_pin(self, officer: str, scope: Scope, pin: str, caller: Caller) -> None:
        facts = await self._officer(officer, scope)
        check_strength(pin)
        async with self.hashing.passed():
            digest = await self.in_thread(hashed, pin)
        line = self.devices.lines.of_officer(caller, "device.pin", facts)
        await self.store.keep_pin(KeptPin(facts.id, digest), line)

    async def give_back(
        self, number: str, scope: Scope, officer: str | None, reason: str = "returned", caller: Session | None = None
    ) -> None:
        """At the desk, or at the terminal itself. Raises ShiftUnknown when nobody, or not this officer, carries it."""
        terminal = self.devices.found(number, scope)
        await self.refresh()
        ending = [
            shift for shift in self._open.values() if shift.terminal == number and officer in (None, shift.officer)
        ]
        if not ending:
            raise ShiftUnknown
        for shift in ending:
            await self._end(shift, reason, self._line(terminal, caller, "returned", shift))

    async def tick(self) -> None:
        """End what is over: by its time, by the officer's certificate, or because the terminal is no longer trusted."""
        await self.refresh()
        utc_us = self.devices.world.utc_us()
        for shift in list(self._open.values()):
            terminal = self.devices.register.get(shift.terminal)
            if shift.over(utc_us):
                await self._end(shift, "the shift is over")
            elif terminal is None or terminal.state in (State.REVOKED, State.RETIRED):
                await self._end(shift, "the terminal was revoked")
            else:
                facts = await self.officers.officer(shift.officer)
                until = facts.may_act_until_utc_us if facts is not None else None
                if until is None or until <= utc_us:
                    await self._end(shift, "the officer's certificate is not valid any more")

    async def _officer(self, officer: str, scope: Scope) -> OfficerFacts:
        facts = await self.officers.officer(officer)
        if facts is None or not scope.covers(facts.department):
            raise OfficerUnknown
        return facts

    def _own(self, caller: TerminalCaller) -> Terminal:
        return self.devices.found(caller.number, Scope.of(caller.department))

    def _end_of(self, terminal: Terminal, officer: OfficerFacts, wanted: int | None) -> int:
        """When the shift ends; raises what keeps it from beginning."""
        utc_us = self.devices.world.utc_us()
        if terminal.state in (State.REVOKED, State.RETIRED):
            raise TerminalState(terminal.number, terminal.state)
        if officer.may_act_until_utc_us is None or officer.may_act_until_utc_us <= utc_us:
            raise OfficerMayNot
        ends = wanted if wanted is not None else utc_us + int(self.limits.shift_s * MICROSECONDS)
        if not utc_us < ends <= utc_us + int(self.limits.longest_shift_s * MICROSECONDS):
            raise ShiftTooLong(self.limits.longest_shift_s)
        return min(ends, officer.may_act_until_utc_us)

    async def _begin(
        self,
        terminal: Terminal,
        officer: OfficerFacts,
        wanted: int | None,
        by: str,
        how: str,
        seen: Scope,
        caller: Session | None = None,
    ) -> Shift:
        """`seen`: where the asker may be told that the officer carries another terminal."""
        await self.tick()
        ends = self._end_of(terminal, officer, wanted)
        identity, utc_us = self.devices.made()
        shift = Shift(identity, terminal.number, officer.id, officer.name, utc_us, ends, by, how)
        try:
            await self.store.begin(shift, OFFICERS_ON_A_TERMINAL, self._line(terminal, caller, "issued", shift))
        except OfficerElsewhere as refusal:
            raise OfficerElsewhere(
                refusal.number if self.devices.register.within(refusal.number, seen) is not None else ""
            ) from refusal
        self._open[shift.id] = shift
        event_id, _ = self.devices.made()
        self.devices.bus.publish(
            ShiftBegun(
                identity=event_id,
                utc_us=utc_us,
                number=terminal.number,
                department=terminal.department,
                officer=officer.id,
                ends_utc_us=ends,
            )
        )
        return shift

    def _line(self, terminal: Terminal, caller: Session | None, done: str, shift: Shift) -> Beside:
        """No caller: at the terminal, by an officer who showed a code or a PIN."""
        at_terminal = TerminalCaller(terminal.number, terminal.name, terminal.department, "")
        return self.devices.lines.of(
            caller or at_terminal,
            "terminal.shift" if caller is None else "device.issue",
            terminal,
            done=done,
            officer=shift.officer,
            how=shift.how,
            ends_utc_us=shift.ends_utc_us,
        )

    async def _end(self, shift: Shift, reason: str, beside: Beside | None = None) -> None:
        identity, utc_us = self.devices.made()
        terminal = self.devices.register.get(shift.terminal)
        if await self.store.end(shift.id, utc_us, reason, beside):
            self.devices.bus.publish(
                ShiftEnded(
                    identity=identity,
                    utc_us=utc_us,
                    number=shift.terminal,
                    department=terminal.department if terminal is not None else "",
                    officer=shift.officer,
                    reason=reason,
                )
            )
        self._open.pop(shift.id, None)
