"""Stands for the room of enforcements: what the test says happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch_server.kit.errors import Absent
from dispatch_server.kit.scope import Scope


class Unknown(Absent):
    def __init__(self) -> None:
        super().__init__("enforcement_unknown", "There is no such enforcement.")


@dataclass(frozen=True)
class Step:
    step: str
    begun_utc_us: int
    ended_utc_us: int | None = None


@dataclass(frozen=True)
class Mark:
    utc_us: int
    text: str
    important: bool = False
    by: str = "terminal:T0101"


@dataclass(frozen=True)
class Pause:
    from_utc_us: int
    to_utc_us: int | None
    reason: str


@dataclass
class Enforcement:
    id: str = "enforcement-1"
    department: str = "county/market"
    terminals: tuple[str, ...] = ("T0101",)
    begun_utc_us: int | None = None
    finished_utc_us: int | None = None
    state: str = "under_way"
    item_name: str = "某事项"
    steps: list[Step] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)


@dataclass
class Enforcements:
    of: dict[str, Enforcement] = field(default_factory=dict)

    def add(self, one: Enforcement) -> Enforcement:
        self.of[one.id] = one
        return one

    def under_way(self) -> Mapping[str, Enforcement]:
        going = [one for one in self.of.values() if one.begun_utc_us is not None and one.finished_utc_us is None]
        return {source: one for one in going for source in one.terminals}

    async def find(self, enforcement_id: str, scope: Scope) -> Enforcement:
        one = self.of.get(enforcement_id)
        if one is None or not scope.covers(one.department):
            raise Unknown
        return one

    async def steps_of(self, enforcement_id: str) -> Sequence[Step]:
        return self.of[enforcement_id].steps

    async def marks_of(self, enforcement_id: str) -> Sequence[Mark]:
        return self.of[enforcement_id].marks

    async def pauses_of(self, enforcement_id: str) -> Sequence[Pause]:
        return self.of[enforcement_id].pauses

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Enforcement]:
        return list(self.of.values())[:limit]
