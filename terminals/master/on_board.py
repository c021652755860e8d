"""The master beside a running agent: its clock, what it is told of enforcements, and its deliveries."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import httpx2

from dispatch_server.media.abilities import Layer
from terminals import world
from terminals.conversation import Received
from terminals.device_key import DeviceKey
from terminals.enforcement import known
from terminals.enforcement.course import RUNS
from terminals.enforcement.delivery import Deliverer
from terminals.enforcement.outbox import Answered, Outbox
from terminals.enforcement.shown import loud
from terminals.master.assembly import CLOCK, known_offset_us, open_room, reserve_bytes, root_of
from terminals.master.budget import Allowance, Uplink
from terminals.master.master import Wish
from terminals.master.server_keys import ServerKeys
from terminals.master.setting_aside import set_aside_what_fits
from terminals.master.uploader import Uploader
from terminals.settings import TerminalSettings
from terminals.signals import SignalClient
from terminals.way_in import WayIn
from terminals.whip import Refused

WATCH_S = 0.2
CLOCK_NOISE_US = 20_000
LEARN_S = 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
ENFORCEMENT = "enforcement"
CHANGED = "enforcement_changed"


def is_enrolled(settings: TerminalSettings) -> bool:
    return Path(settings.server.device_key_file).expanduser().exists()


def enforcement_folder(settings: TerminalSettings) -> Path:
    """Beside the masters: it is as durable as they are."""
    return root_of(settings) / ENFORCEMENT


class OnBoard:
    """Of an enrolled device. Raises MasterBusy, ServerKeysWrong, OSError."""

    def __init__(
        self,
        settings: TerminalSettings,
        way: WayIn,
        started: float,
        ask_key: Callable[[Layer], None],
        uplink: Callable[[], Uplink | None],
        say: Callable[[str], None],
    ) -> None:
        assert way.access is not None
        self._way, self._access, self._started, self._say = way, way.access, started, say
        self._always = settings.master.always
        self._kept_offset_us = known_offset_us(root_of(settings)) or 0
        self.room = open_room(settings, self._key, self.clock, ask_key)
        folder = enforcement_folder(settings)
        self.outbox = Outbox(folder)
        self._deliverer = Deliverer(way.access, folder, lambda: world.utc_us() - self.clock()[1])
        allowance = Allowance(settings.master.upload_kbps * 1000)
        self.uploader = Uploader(
            self.room.root, self.room.disk, way.access, lambda: allowance.bps(uplink(), world.monotonic()),
            self._keys_known,
            say, uploads=settings.master.upload, forget_us=settings.master.forget_days * 86_400_000_000,
        )  # fmt: skip
        self._tasks: list[asyncio.Task[None]] = []
        self._learn_at = float("-inf")
        self._wake = asyncio.Event()
        self._to_set_aside = False
        self._reserve_bytes = reserve_bytes(settings)
        self._listen(way.signals)

    def start(self) -> None:
        self.look()
        self.room.start()
        self._tasks = [
            asyncio.create_task(self._watch(), name="watch enforcements"),
            asyncio.create_task(self._deliver(), name="deliver enforcements"),
            asyncio.create_task(self.uploader.run(), name="deliver masters"),
        ]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.close()

    def clock(self) -> tuple[int, int]:
        """The server's UTC at tick 0, and this clock minus the server's as it was measured last."""
        beats = self._way.heartbeats
        offset_us = beats.clock_offset_us if beats is not None else None
        if offset_us is None:
            offset_us = -self._access.clock_offset_us or self._kept_offset_us
        since_us = int((world.monotonic() - self._started) * 1_000_000)
        return world.utc_us() - offset_us - since_us, offset_us

    def look(self) -> None:
        """What is to be recorded as now."""
        course = known.course(self.outbox)
        running = course.enforcement if course.state in RUNS else ""
        master, reserve = self.room.master, self.room.reserve
        wish = Wish(running) if running or self._always else None
        if wish != master.wish:
            self._to_set_aside = bool(running)
            for line in loud(course):
                self._say(line)
            master.wish = wish
        if not running and reserve.bytes:
            reserve.release()

    def _listen(self, signals: SignalClient | None) -> None:
        """What changed at the server is asked for at once."""
        if signals is None:
            return
        others = signals.on_message

        def heard(message: Received) -> None:
            others(message)
            if message.type == CHANGED:
                self._learn_at = float("-inf")
                self._wake.set()

        signals.on_message = heard

    def _set_aside(self) -> str:
        """By whichever door it began: the command line set space aside for what it began itself."""
        room = self.room
        vouching = room.master.server.vouching if room.master.server is not None else None
        return set_aside_what_fits(room.root, room.disk, room.reserve, vouching, self._reserve_bytes)

    def _key(self) -> DeviceKey:
        return self._access.key

    def _keys_known(self, keys: ServerKeys) -> None:
        self.room.master.server = keys

    async def _watch(self) -> None:
        """A stat of two small files; the command line has no other way to tell a running agent."""
        seen, said = None, ""
        while True:
            if self.room.master.said() != said:
                said = self.room.master.said()
                self._say(f"master: {said or 'records again'}")
            mark = (*self.outbox.mark(), _changed(self.outbox.folder / known.CURRENT))
            if mark != seen:
                seen = mark
                self.look()
            if self._to_set_aside:
                self._to_set_aside = False
                if short := await asyncio.to_thread(self._set_aside):
                    self._say(short)
            await asyncio.sleep(WATCH_S)

    def _keep_clock(self) -> None:
        """For the time without a network, and for the command line."""
        beats = self._way.heartbeats
        offset_us = beats.clock_offset_us if beats is not None else None
        if offset_us is not None and abs(offset_us - self._kept_offset_us) > CLOCK_NOISE_US:
            self.room.disk.write_whole(self.room.root / CLOCK, str(offset_us).encode())
            self._kept_offset_us = offset_us

    async def _deliver(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                if answers := await self._deliverer.deliver():
                    self._tell(answers)
                    self._learn_at = float("-inf")
                if world.monotonic() >= self._learn_at:
                    self._learn_at = world.monotonic() + LEARN_S  # before: what changes meanwhile is asked for again
                    await self._deliverer.learn()
                    await asyncio.to_thread(self._keep_clock)
                pause_s = FIRST_PAUSE_S
                await self._rest(WATCH_S * 2)
            except (Refused, httpx2.HTTPError, OSError):
                self._learn_at = float("-inf")
                await self._rest(pause_s * (0.5 + world.chance(1)[0] / 512))
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _tell(self, answers: list[Answered]) -> None:
        refused = [answer for answer in answers if not answer.is_taken]
        for answer in refused:
            self._say(f"enforcement: {answer.words}")
        for line in loud(known.course(self.outbox)) if refused else ():
            self._say(line)

    async def _rest(self, seconds: float) -> None:
        """Until then, or until the server says that something changed: so it can be reached."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()


def _changed(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0
