"""What the `enforcement` commands work on: this device's settings, its outbox, and what the server last told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx2

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.finding import Finding
from dispatch_server.protocol.enforcement import Command
from dispatch_server.protocol.enforcement_words import CheckBefore
from terminals import world
from terminals.access import Access
from terminals.device_key import DeviceKey
from terminals.enforcement import check as checking
from terminals.enforcement import checklist, known
from terminals.enforcement.course import RUNS, Course, NotNow, State
from terminals.enforcement.delivery import Deliverer
from terminals.enforcement.outbox import Answered, Outbox, Said
from terminals.master import assembly
from terminals.master.disk import OwnDisk
from terminals.master.on_board import enforcement_folder
from terminals.master.reserve import Reserve
from terminals.master.server_keys import ServerKeysWrong, pinned
from terminals.master.setting_aside import set_aside, set_aside_what_fits
from terminals.settings import TerminalSettings
from terminals.settings_file import load
from terminals.way_in import trust
from terminals.whip import TIMEOUT_S

KEY_BYTES = 16


class NotEnrolled(LocalFault):
    def __init__(self) -> None:
        super().__init__("not_enrolled", "终端尚未注册 / this device is not enrolled: dispatch-terminal enrol")


class WhichOne(LocalFault):
    """`waiting`: ids of those that wait for their begin."""

    def __init__(self, waiting: list[str]) -> None:
        zh, en = ("请用 --id 指明", "say which by --id") if waiting else ("没有待开始的执法", "nothing waits here")
        super().__init__("which_one", f"{zh} / {en}{': ' if waiting else ''}{', '.join(waiting)}")


@dataclass(frozen=True, slots=True)
class Desk:
    settings: TerminalSettings
    outbox: Outbox
    root: Path

    @classmethod
    def at(cls, config: Path) -> Self:
        """Raises TerminalSettingsWrong, NotEnrolled."""
        settings = load(config)
        if not Path(settings.server.device_key_file).expanduser().exists():
            raise NotEnrolled
        root = assembly.root_of(settings)
        OwnDisk().make_folder(root)
        return cls(settings, Outbox(enforcement_folder(settings)), root)

    def course(self) -> Course:
        return known.course(self.outbox)

    def not_begun(self, what: str, identity: str = "") -> Course:
        """
        The one that is to begin or to be taken back: opened here, or waiting for this terminal. Raises NotNow,
        WhichOne.
        """
        course = self.course()
        if course.state in RUNS:
            raise NotNow(what, course.state)
        if course.state is State.OPENED and identity in ("", course.enforcement):
            return course
        those = [one for one in course.waiting if identity in ("", one.enforcement)]
        if len(those) != 1:
            raise WhichOne([one.enforcement for one in course.waiting])
        return Course(those[0].enforcement, State.OPENED, those[0].kind)

    def lines(self, course: Course) -> list[checklist.Line] | None:
        folder = self.outbox.folder
        return checklist.lines(course, known.current(folder), known.choices(folder))

    def utc_us(self) -> int:
        """The server's, as far as it was told."""
        return world.utc_us() - (assembly.known_offset_us(self.root) or 0)

    def say(self, what: str, model: type[Command], body: dict[str, Any], course: Course | None = None) -> None:
        """`course`: the one that it is about. Raises NotNow, ValidationError, OutboxFull, OSError."""
        course = course or self.course()
        course.may(what)
        identity = str(body["id"]) if what == "open" else course.enforcement
        key = {"key": world.chance(KEY_BYTES).hex(), "utc_us": max(self.utc_us(), self._not_before_us(identity))}
        valid = model.model_validate({**body, **key})
        self.outbox.append(Said(identity, what, valid.model_dump(exclude_none=True)))
        if what == "open":
            told = known.current(self.outbox.folder)
            self.outbox.forget(identity, told.server_utc_us if told is not None else -1)

    def _not_before_us(self, identity: str) -> int:
        """A clock that was set back does not put a step before the begin: the order in which it happened is kept."""
        those = [said.utc_us for said in self.outbox.all() if said.enforcement == identity]
        told = known.current(self.outbox.folder)
        if told is not None:
            one = told.enforcement
            those += [each.opened_utc_us for each in told.waiting if each.id == identity]
            those += [one.begun_utc_us or 0] if one is not None and one.id == identity else []
        return max(those, default=0)

    def check(self) -> tuple[CheckBefore, list[Finding]]:
        offset_us = assembly.known_offset_us(self.root)
        check = checking.look(self.root, Reserve(self.root).bytes, offset_us)
        told = known.choices(self.outbox.folder)
        limits = told.thresholds if told is not None else checking.USUAL
        return check, checking.findings(check, limits, assembly.bytes_per_s(self.settings))

    def reserve(self, reason: str) -> str:
        """In words, where with a reason it begins with less space. Raises NoSpace without one."""
        try:
            keys = pinned(self.root)
        except ServerKeysWrong:
            keys = None
        hold = set_aside_what_fits if reason else set_aside
        wanted = assembly.reserve_bytes(self.settings)
        return hold(self.root, OwnDisk(), Reserve(self.root), keys.vouching if keys else None, wanted) or ""

    def agent_runs(self) -> bool:
        return assembly.is_locked(self.root)

    async def deliver(self) -> list[Answered]:
        own = self.settings.server
        key_file = Path(own.device_key_file).expanduser()
        verify = trust(own.ca_file)
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, verify=verify, follow_redirects=False) as client:
            access = Access(DeviceKey.read(key_file), client, key_file)
            deliverer = Deliverer(access, self.outbox.folder, self.utc_us)
            answers = await deliverer.deliver()
            await deliverer.learn()
            return answers
