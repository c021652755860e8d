"""What goes on beside: who came and who fell silent, what other nodes changed, what is to be saved or is too old."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from dispatch_server.devices.enrolling import Enrolling
from dispatch_server.devices.heartbeats import Heartbeats
from dispatch_server.devices.model import Happening, State, Terminal, TerminalLost, TerminalSeen
from dispatch_server.devices.ports import HealthStorePort
from dispatch_server.devices.service import MICROSECONDS, DeviceService
from dispatch_server.devices.shifts import Shifts
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.scope import COUNTY

TICK_S = 1.0
PURGE_S = 3600.0
DAY_US = 86_400 * MICROSECONDS
Due = dict[str, float]


@dataclass(slots=True)
class Upkeep:
    """`start()` first, `run()` beside, `stop()` at the end. `sending`: numbers whose media comes in right now."""

    devices: DeviceService
    enrolling: Enrolling
    heartbeats: Heartbeats
    shifts: Shifts
    health_store: HealthStorePort
    report: Callable[[str, BaseException], None]
    sending: Callable[[], Iterable[str]] = lambda: ()
    failures: int = 0
    _last: Due = field(default_factory=dict)

    async def start(self) -> None:
        devices, now = self.devices, self.devices.world.monotonic()
        await devices.reload()
        await devices.register_first()
        self.heartbeats.restore(await self.health_store.newest())
        await self.shifts.refresh()
        for terminal in devices.register:
            if terminal.state is State.ONLINE:  # it has its time to be heard of again
                devices.presence.sign(terminal.number, now, terminal.seen_utc_us or terminal.since_utc_us)
        devices.presence.take_unsaved()

    async def run(self) -> None:
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def tick(self) -> None:
        """A round without a database changes nothing and is made up for by the next one."""
        try:
            await self._round()
        except DispatchError as error:
            self.failures += 1
            self.report("keeping the register", error)

    async def stop(self) -> None:
        await self.devices.store.seen(self.devices.presence.take_unsaved())
        await self.heartbeats.save(self.health_store)

    async def _round(self) -> None:
        devices, limits = self.devices, self.devices.limits
        now = devices.world.monotonic()
        if self._is_due("refresh", limits.refresh_s, now):
            await devices.reload()
        self._note_media(now)
        await self._note_who_came()
        await self._note_who_is_silent(now)
        if self._is_due("save", limits.save_s, now):
            await self._save()
            await self.shifts.tick()
        if self._is_due("purge", PURGE_S, now):
            await self._purge()
        self.enrolling.rates.sweep(now)
        self.shifts.tries.sweep(now)
        self.heartbeats.keep_only(frozenset(terminal.number for terminal in devices.register))

    def _note_media(self, now: float) -> None:
        register, utc_us = self.devices.register, self.devices.world.utc_us()
        for number in self.sending():
            if register.get(number) is not None:  # guests publish too
                self.devices.presence.sign(number, now, utc_us)

    async def _note_who_came(self) -> None:
        for number, utc_us in self.devices.presence.online().items():
            terminal = self.devices.register.get(number)
            if terminal is not None and terminal.allows(Happening.SEE):
                after = await self._move(terminal, Happening.SEE)
                identity, _ = self.devices.made()
                self.devices.bus.publish(
                    TerminalSeen(identity=identity, utc_us=utc_us, number=number, department=after.department)
                )
            self.devices.register.seen(number, utc_us)

    async def _note_who_is_silent(self, now: float) -> None:
        """Silent here, and on every other node, as far as the database knows."""
        presence, register = self.devices.presence, self.devices.register
        online = presence.online()
        elsewhere = [one.number for one in register if one.state is State.ONLINE and one.number not in online]
        silent = presence.silent(now)
        if not silent and not (elsewhere and self._is_due("elsewhere", self.devices.limits.save_s, now)):
            return
        utc_us = self.devices.world.utc_us()
        seen = await self.devices.store.last_seen([*silent, *elsewhere])
        patience_us = int((presence.lost_s + 2 * self.devices.limits.save_s) * MICROSECONDS)
        for number in silent:
            presence.leave(number)
        for number in (*silent, *elsewhere):
            last = max(seen.get(number, 0), online.get(number, 0))
            unheard = number in silent and last <= online[number]
            if unheard or utc_us - last >= patience_us:
                await self._lose(number, last)

    async def _lose(self, number: str, seen_utc_us: int) -> None:
        terminal = self.devices.register.get(number)
        if terminal is None or not terminal.allows(Happening.MISS):
            return
        after = await self._move(terminal, Happening.MISS)
        identity, utc_us = self.devices.made()
        self.devices.bus.publish(
            TerminalLost(
                identity=identity,
                utc_us=utc_us,
                number=number,
                department=after.department,
                seen_utc_us=seen_utc_us,
            )
        )

    async def _move(self, terminal: Terminal, happening: Happening) -> Terminal:
        """Another node may have moved it already."""

        def moved(present: Terminal) -> Terminal:
            if not present.allows(happening):
                return present
            return present.after(happening, self.devices.world.utc_us(), present.reason)

        _, after = await self.devices.apply(terminal.number, COUNTY, moved)
        return after

    async def _save(self) -> None:
        moments = self.devices.presence.take_unsaved()
        saved = False
        try:
            if moments:
                await self.devices.store.seen(moments)
            saved = True
        finally:
            if not saved:
                self.devices.presence.give_back(moments)
        await self.heartbeats.save(self.health_store)

    async def _purge(self) -> None:
        utc_us = self.devices.world.utc_us()
        await self.devices.codes.purge(utc_us - DAY_US)
        await self.health_store.purge(utc_us - self.devices.limits.history_days * DAY_US)

    def _is_due(self, what: str, every_s: float, now: float) -> bool:
        if now - self._last.get(what, float("-inf")) < every_s:
            return False
        self._last[what] = now
        return True
