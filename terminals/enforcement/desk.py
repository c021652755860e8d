"""What the `enforcement` commands work on: this device's settings, its outbox, and what the server last told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx2

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.finding import Finding
from dispatch_server.protocol.enforcement import Command
from dispatch_server.protocol.enforcement_views import RecordingStep
from dispatch_server.protocol.enforcement_words import CheckBefore
from terminals import world
from terminals.access import Access
from terminals.device_key import DeviceKey
from terminals.enforcement import check as checking
from terminals.enforcement import known
from terminals.enforcement.course import RUNS, Course, unrecorded
from terminals.enforcement.delivery import Deliverer
from terminals.enforcement.outbox import Answered, Outbox, Said
from terminals.master import assembly
from terminals.master.disk import OwnDisk
from terminals.master.on_board import enforcement_folder
from terminals.master.reserve import Reserve
from terminals.settings import TerminalSettings
from terminals.settings_file import load
from terminals.way_in import trust
from terminals.whip import TIMEOUT_S

KEY_BYTES = 16


class NotEnrolled(LocalFault):
    def __init__(self) -> None:
        super().__init__("not_enrolled", "终端尚未注册 / this device is not enrolled: dispatch-terminal enrol")


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

    def utc_us(self) -> int:
        """The server's, as far as it was told."""
        return world.utc_us() - (assembly.known_offset_us(self.root) or 0)

    def say(self, what: str, model: type[Command], body: dict[str, Any], identity: str = "") -> None:
        """Raises NotNow, ValidationError, OutboxFull, OSError."""
        course = self.course()
        course.may(what)
        key = {"key": world.chance(KEY_BYTES).hex(), "utc_us": self.utc_us()}
        valid = model.model_validate({**body, **key})
        self.outbox.append(Said(identity or course.enforcement, what, valid.model_dump(exclude_none=True)))
        if what == "open":
            self.outbox.forget_all_but(identity)

    def check(self) -> tuple[CheckBefore, list[Finding]]:
        offset_us = assembly.known_offset_us(self.root)
        check = checking.look(self.root, Reserve(self.root).bytes, offset_us)
        told = known.choices(self.outbox.folder)
        limits = told.thresholds if told is not None else checking.USUAL
        return check, checking.findings(check, limits, assembly.bytes_per_s(self.settings))

    def reserve(self) -> None:
        """Raises NoSpace: then it does not begin."""
        hours = self.settings.master.reserve_hours
        Reserve(self.root).hold(round(hours * 3600 * assembly.bytes_per_s(self.settings)))

    def unrecorded(self) -> list[RecordingStep]:
        told = known.choices(self.outbox.folder)
        return unrecorded(self.course(), told.steps.steps) if told is not None else []

    def agent_runs(self) -> bool:
        return assembly.is_locked(self.root)

    async def deliver(self) -> list[Answered]:
        own = self.settings.server
        key_file = Path(own.device_key_file).expanduser()
        verify = trust(own.ca_file)
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, verify=verify, follow_redirects=False) as client:
            deliverer = Deliverer(Access(DeviceKey.read(key_file), client, key_file), self.outbox.folder)
            answers = await deliverer.deliver()
            await deliverer.learn()
            return answers

    def shown(self) -> Iterator[str]:
        course = self.course()
        yield f"状态 state: {course.state}  {course.enforcement}".rstrip()
        if course.state in RUNS:
            running = sorted(course.begun - course.ended)
            if running:
                yield f"进行中 running: {', '.join(running)}"
            lacking = self.unrecorded()
            yield from (f"  未录 unrecorded: {one.code}  {one.name} / {one.name_en}" for one in lacking)
            if not lacking and known.choices(self.outbox.folder) is None:
                yield "记录事项清单尚未取得 / the list of steps is not known here yet"
        waiting = self.outbox.waiting()
        if waiting:
            yield f"待发送 waiting for delivery: {len(waiting)}"
        for answer in self.outbox.answers().values():
            if answer.status >= 400:
                yield f"服务器未接受 refused by the server: {answer.words}"
