"""Delivers what lies on this device and records nothing: until the server has acknowledged all of it, or never will."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import httpx2

from dispatch_server.kit.errors import LocalFault
from terminals import world
from terminals.access import Access
from terminals.enforcement.delivery import Deliverer
from terminals.master import folders
from terminals.master.uploader import Uploader
from terminals.whip import Refused

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
QUIET_ROUNDS = 3  # without anything that could go up: what is left then stays here


class DeviceRefused(LocalFault):
    def __init__(self, reason: str) -> None:
        super().__init__("device_refused", f"the server refuses this device: {reason}")


@dataclass(frozen=True, slots=True)
class Left:
    """A master that is not delivered, and why in words."""

    recording: str
    why: str


@dataclass(slots=True)
class Dock:
    """
    All of one device. `root` is locked, and what a crash left there is closed. A server that is away is waited for,
    ever more patiently.
    """

    access: Access
    uploader: Uploader
    deliverer: Deliverer
    say: Callable[[str], None] = lambda line: None
    first_pause_s: float = FIRST_PAUSE_S
    quiet_s: float = 2.0

    async def run(self) -> list[Left]:
        """What cannot be delivered. Raises DeviceRefused, ServerKeysWrong."""
        pause_s, quiet = self.first_pause_s, 0
        while quiet < QUIET_ROUNDS:
            try:
                for answer in await self.deliverer.deliver():
                    if answer.status >= 400:
                        self.say(f"enforcement: {answer.words}")
                went_on = await self.uploader.round()
            except (Refused, httpx2.HTTPError, OSError) as error:
                if self.access.refused:
                    raise DeviceRefused(self.access.refused) from None
                self.say(f"waiting: {error or type(error).__name__}")
                await asyncio.sleep(pause_s * (0.5 + world.chance(1)[0] / 512))
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            pause_s = self.first_pause_s
            if not await asyncio.to_thread(self.left):
                return []
            quiet = 0 if went_on else quiet + 1
            await asyncio.sleep(0 if went_on else self.quiet_s)
        return await asyncio.to_thread(self.left)

    def left(self) -> list[Left]:
        return [
            Left(folder.name, self._why(folder.name))
            for folder in folders.masters(self.uploader.root)
            if not (folder / folders.DELIVERED).exists()
        ]

    def _why(self, name: str) -> str:
        found = self.uploader.waits.reasons(name)
        said = [f"{segment:06}: {why}" if segment else why for segment, why in found.items()]
        return "; ".join(said) or "the server has not acknowledged it"
