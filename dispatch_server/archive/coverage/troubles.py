"""What is wrong with recording now: a bounded list of troubles, and the watch over enforcements under way."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.archive.coverage.ports import EnforcementPort
from dispatch_server.archive.coverage.store import CoverageStore
from dispatch_server.archive.model import Trouble, TroubleChanged
from dispatch_server.archive.service import ArchiveService
from dispatch_server.kit.scope import Scope

MOST = 1_000
FORGOTTEN_US = 86_400_000_000  # what has no end of its own (a suspect segment) is shown for a day
MASTER_US = 60_000_000  # since its terminal told of a master: it does so every few seconds while it has a line
UNRECORDED_S = 30.0  # an enforcement under way of which nothing is kept for so long; told within 60 s


@dataclass(frozen=True, slots=True)
class Standing:
    trouble: Trouble
    subject: str
    department: str  # empty: the whole county's
    since_utc_us: int
    detail: str


@dataclass(slots=True)
class Troubles:
    """Those that stand, oldest first. When there are too many the oldest is forgotten and counted."""

    archive: ArchiveService
    department_of: Callable[[str], str]  # of an enforcement's subject; others are found here
    told: list[Callable[[Standing, bool], None]] = field(default_factory=list)
    forgotten: int = 0
    _standing: OrderedDict[tuple[str, str], Standing] = field(default_factory=OrderedDict)

    def happened(self, event: TroubleChanged) -> None:
        key = (str(event.trouble), event.subject)
        known = self._standing.pop(key, None)
        standing = Standing(event.trouble, event.subject, self._department(event.subject), event.utc_us, event.detail)
        if known is not None:
            standing = Standing(
                known.trouble, known.subject, known.department, known.since_utc_us, event.detail or known.detail
            )
        if event.begins:
            self._standing[key] = standing
            while len(self._standing) > MOST:
                self._standing.popitem(last=False)
                self.forgotten += 1
        for tell in self.told:
            tell(standing, event.begins)

    def recording_closed(self, recording_id: str) -> None:
        """Nothing of it can be stopped any more; what is suspect stays so."""
        self._standing.pop((str(Trouble.WRITING_STOPPED), recording_id), None)
        self._standing.pop((str(Trouble.DISK_SLOW), recording_id), None)

    def standing(self, scope: Scope, utc_us: int) -> list[Standing]:
        for key, one in list(self._standing.items()):
            if one.trouble is Trouble.SEGMENT_SUSPECT and utc_us - one.since_utc_us > FORGOTTEN_US:
                del self._standing[key]
        return [one for one in self._standing.values() if scope.covers(one.department)]

    def _department(self, subject: str) -> str:
        held = self.archive.by_id.get(subject) or self.archive.closed.get(subject)
        if held is not None:
            return held.recording.card.department
        wanted = self.archive.wanted.get(subject)
        return wanted.department if wanted is not None else self.department_of(subject)


@dataclass(slots=True)
class UnderWayWatch:
    """An enforcement whose terminal is neither recorded live nor tells of a master it is writing raises an alarm."""

    archive: ArchiveService
    enforcements: EnforcementPort
    store: CoverageStore
    _since: dict[str, float] = field(default_factory=dict)  # subject → since when nothing is kept
    _told: dict[str, str] = field(default_factory=dict)  # subject → department

    def department_of(self, subject: str) -> str:
        return self._told.get(subject, "")

    async def look(self) -> None:
        now = self.archive.world.monotonic()
        subjects = set()
        for source, one in self.enforcements.under_way().items():
            subject = f"{one.id}/{source}"
            if self._is_live(source, now) or await self._is_excused(one.id, source):
                continue
            subjects.add(subject)
            since = self._since.setdefault(subject, now)
            if now - since >= UNRECORDED_S and subject not in self._told:
                self._told[subject] = one.department
                detail = f"terminal {source}: nothing was kept for {now - since:.0f} s, and no master is told of"
                self.archive.trouble(Trouble.ENFORCEMENT_NOT_RECORDED, subject, True, detail)
        for subject in self._since.keys() - subjects:
            del self._since[subject]
            if subject in self._told:
                self.archive.trouble(Trouble.ENFORCEMENT_NOT_RECORDED, subject, False, "")
                del self._told[subject]

    def _is_live(self, source: str, now: float) -> bool:
        silent_s = self.archive.limits.silent_s
        return any(
            one.recording.card.source == source and not one.stopped and one.quiet_s(now) < silent_s
            for one in self.archive.by_id.values()
        )

    async def _is_excused(self, enforcement_id: str, source: str) -> bool:
        """By a master that it writes, or by a pause that somebody stated."""
        since_us = self.archive.world.utc_us() - MASTER_US
        if await self.store.is_kept_on_board(enforcement_id, source, since_us):
            return True
        return any(one.to_utc_us is None for one in await self.enforcements.pauses_of(enforcement_id))
