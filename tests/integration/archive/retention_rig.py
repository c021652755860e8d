"""Retention over a real database and real folders; the clocks, the ledger's head and others' facts are the test's."""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.archive.folders import CARD, END, End, folder_of, index_name, media_name, write_card, write_end
from dispatch_server.archive.limits import ArchiveLimits, SpaceLimits
from dispatch_server.archive.model import Card, Recording, Segment, State
from dispatch_server.archive.retention.assembly import Bounds, Outside, RetentionRoom, assemble
from dispatch_server.archive.retention.clocks import DAY_US, Pair
from dispatch_server.archive.retention.policy import CaseLife
from dispatch_server.archive.retention.ports import Unlinked
from dispatch_server.archive.retention.purge import SEAL
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role, Session, SessionTimes
from dispatch_server.protocol.seals import ED25519, FORM, Seal, write_seal
from tests.integration.archive.rig import Rig, World
from tests.ledgers import recorder_over

POLICY = """floor_months: 6
rules:
  - { name: unlinked, linked: false, keep: 6 }
  - { name: case_file, linked: true, keep: as_case_file }
  - { name: obstruction, class: obstruction, keep: permanent }
"""
OLD_DAYS = 400


@dataclass
class Clocks:
    """The wall clock of the test's world; `passed` is what no one can set."""

    world: World
    boot: str = "boot-1"
    synchronised: bool | None = True

    def pair(self) -> Pair:
        return Pair(self.world.utc, int(self.world.now * 1_000_000), self.boot)

    def is_synchronised(self) -> bool | None:
        return self.synchronised


@dataclass
class Heads:
    """Signed by the wall clock, a moment ago, unless the test says when."""

    world: World
    utc_us: int | None = None

    def newest_utc_us(self) -> int | None:
        return self.world.utc - 1_000_000 if self.utc_us is None else self.utc_us


@dataclass
class Links(Unlinked):
    classes: dict[str, set[str]] = field(default_factory=dict)
    cases: dict[str, list[CaseLife]] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)
    of_case: dict[str, list[str]] = field(default_factory=dict)

    async def recordings_of_case(self, case_id: str) -> Sequence[str]:
        return self.of_case.get(case_id, ())

    async def classes_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        return self.classes

    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, Sequence[CaseLife]]:
        return self.cases

    async def exported_now(self, recording_ids: Sequence[str]) -> Collection[str]:
        return self.exported


def session_of(person_id: str, role: Role, department: str = "", fresh: bool = True) -> Session:
    person = Person(person_id, f"人{person_id}", frozenset({role}), department)
    return Session(person_id, b"", person, 0, 0, proved_utc_us=1 if fresh else 0)


SYSTEM = session_of("system-admin", Role.SYSTEM_ADMIN)
SECURITY = session_of("security-admin", Role.SECURITY_ADMIN)
AUDIT = session_of("audit-admin", Role.AUDIT_ADMIN)
STALE = session_of("stale-admin", Role.SYSTEM_ADMIN, fresh=False)
OPERATOR = session_of("operator", Role.OPERATOR)
TOWNSHIP = session_of("township", Role.OPERATOR, "14")
OTHER_SECURITY = session_of("security-admin-2", Role.SECURITY_ADMIN)


@dataclass
class RetentionRig:
    rig: Rig
    room: RetentionRoom
    clocks: Clocks
    heads: Heads
    links: Links
    policy_file: Path
    made: int = 0

    @property
    def world(self) -> World:
        return self.rig.world

    async def recording(self, department: str = "13", days: int = OLD_DAYS, state: State = State.SEALED) -> str:
        """A recording that ended so many days ago, with its folder and row."""
        self.made += 1
        opened = self.world.utc - days * DAY_US
        card = Card(f"0190aaaa-0000-7000-8000-{self.made:012}", "stream", "T1301", department, opened)
        folder = self.rig.roots[0] / folder_of(card)
        folder.mkdir(parents=True)
        chain = hashlib.sha256(card.id.encode()).hexdigest()
        (folder / CARD).write_bytes(write_card(card))
        (folder / END).write_bytes(write_end(End(opened + 60_000_000, "ended", 1, chain, 0)))
        for name in (media_name(1), index_name(1), "000001.sm3", "thumbnail.jpg"):
            (folder / name).write_bytes(b"x" * 1000)
        if state is State.SEALED:
            seal = Seal(FORM, card.id, 1, 1, chain, "", opened + 70_000_000, "key", ED25519, "ab" * 64)
            (folder / SEAL).write_bytes(write_seal(seal))
        recording = Recording(card, state, opened + 60_000_000, 1000, 1, 60_000_000, closed_utc_us=opened + 60_000_000)
        segment = Segment(card.id, 1, 0, opened, 10, "avc1", "", "main", 60_000_000, 1000, 1)
        await RecordingStore(self.room.holds.store.database).save([recording], [segment])
        return card.id

    async def state_of(self, recording_id: str) -> State:
        found = await RecordingStore(self.room.holds.store.database).find(recording_id)
        assert found is not None
        return found.state

    def folder(self, recording_id: str) -> Path:
        return next(self.rig.roots[0].glob(f"*/*/*/{recording_id}"))

    def files(self, recording_id: str) -> set[str]:
        return {path.name for path in self.folder(recording_id).iterdir()}

    def media_files(self) -> int:
        return len(list(self.rig.roots[0].glob("**/*.mp4")))

    async def days(self, days: float) -> None:
        """Time goes on as it does, on both clocks, with a look each half day."""
        for _ in range(int(days * 2)):
            self.world.pass_s(43_200)
            await self.room.upkeep.round()

    async def approved(self) -> str:
        """The system's list, approved by two; the days of waiting begin."""
        (made,) = await self.room.destructions.propose()
        for by in (SYSTEM, AUDIT):
            await self.room.destructions.approve(by, by.scope("destruction.approve"), made.id)
        return made.id

    async def reopened(self) -> None:
        """As after a restart: a room of its own over the same database and folders."""
        self.room = _room(self.rig, self.room.holds.store.database, self.clocks, self.heads, self.policy_file)
        self.room.link(self.links)
        await self.room.open()


@dataclass
class _SignIns:
    """Sessions by their person's id, as the cookie has it."""

    people: dict[str, Session]
    times: SessionTimes = field(default_factory=SessionTimes)

    async def session_of(self, secret: str) -> Session | None:
        return self.people.get(secret)


def _room(rig: Rig, database: object, clocks: Clocks, heads: Heads, policy_file: Path) -> RetentionRoom:
    return assemble(
        Outside(
            rig.room, database, rig.room.threads, recorder_over(rig.world, rig.ledger), clocks, heads,  # type: ignore[arg-type]
            lambda where, error: rig.reports.append((where, error)),
        ),
        Bounds(policy_file, proposes=False),
    )  # fmt: skip


@asynccontextmanager
async def retention_rig(folder: Path) -> AsyncIterator[RetentionRig]:
    async with Rig(
        folder, ArchiveLimits(space=SpaceLimits(ballast_bytes=0))
    ) as rig:  # a test's folder is kept for a while
        policy_file = folder / "retention.yaml"
        policy_file.write_text(POLICY, "utf-8")
        clocks, heads, links = Clocks(rig.world), Heads(rig.world), Links()
        room = _room(rig, rig.room.catalog.store._database, clocks, heads, policy_file)
        room.link(links)
        await room.open()
        for router in room.routers():
            rig.app.include_router(router)
        people = {one.id: one for one in (SYSTEM, SECURITY, AUDIT, OTHER_SECURITY, STALE, OPERATOR, TOWNSHIP)}
        rig.sign_ins = _SignIns(people)  # type: ignore[assignment]
        set_sign_ins(rig.app.state, rig.sign_ins)
        await room.upkeep.round()
        yield RetentionRig(rig, room, clocks, heads, links, policy_file)
