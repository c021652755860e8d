"""A live room made of fakes, with the steps that most tests begin with."""

from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.identity.callers import SystemCaller
from dispatch_server.kit.scope import COUNTY
from dispatch_server.live.assembly import LiveRoom, Outside, assemble
from dispatch_server.live.credentials import Knock
from dispatch_server.live.limits import LiveLimits
from dispatch_server.live.roster import Roster, read_roster
from dispatch_server.live.service import LiveService, Opened
from dispatch_server.live.tokens import Direction
from tests.ledgers import FakeLedger, recorder_over
from tests.unit.live.fakes import OFFER, FakeBus, FakeKeyStore, FakeMedia, FakeStreamStore, FakeWorld

ADDRESS = "192.0.2.1"
ADMIN = SystemCaller("admin")


def county() -> Roster:
    return read_roster(Path("config/departments.yaml").read_text(encoding="utf-8"))


@dataclass
class Room:
    limits: LiveLimits = field(default_factory=LiveLimits)
    world: FakeWorld = field(default_factory=FakeWorld)
    media: FakeMedia = field(default_factory=FakeMedia)
    bus: FakeBus = field(default_factory=FakeBus)
    stream_store: FakeStreamStore = field(default_factory=FakeStreamStore)
    key_store: FakeKeyStore = field(default_factory=FakeKeyStore)
    reports: list[str] = field(default_factory=list)
    ledger: FakeLedger = field(default_factory=FakeLedger)

    def __post_init__(self) -> None:
        self.parts: LiveRoom = assemble(
            Outside(
                self.media,
                self.bus,
                self.world,
                self.stream_store,
                self.key_store,
                lambda what, error: self.reports.append(f"{what}: {error}"),
                recorder_over(self.world, self.ledger),
            ),
            county(),
            self.limits,
        )

    @property
    def live(self) -> LiveService:
        return self.parts.live

    def reading(self, name: str, what: str = "") -> float:
        return sum(
            one.value for one in self.parts.readings() if one.name == name and one.labels.get("what", "") == what
        )

    def token(self, direction: Direction, target: str, holder: str = "desk") -> str:
        return self.live.issue_token(direction, self.live.target_of(direction, target, COUNTY), holder)

    def publish(self, source: str = "T0101", bearer: str = "", session_key: str | None = None) -> Opened:
        bearer = bearer or self.token(Direction.PUBLISH, source)
        return self.live.publish(source, OFFER, Knock(bearer, ADDRESS, session_key))

    def go_live(self, source: str = "T0101", bearer: str = "") -> Opened:
        opened = self.publish(source, bearer)
        self.live.publisher_connected(opened.session_id)
        return opened

    def watch(self, target: str = "T0101", bearer: str = "", holder: str = "desk") -> Opened:
        bearer = bearer or self.token(Direction.WATCH, target, holder)
        return self.live.watch(target, None, OFFER, Knock(bearer, ADDRESS))
