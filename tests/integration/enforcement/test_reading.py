"""What it costs to look at an enforcement, and what a page that asks again and again is spared."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from dispatch_server.archive.coverage.assembly import CoverageRoom
from dispatch_server.archive.coverage.shelf import Shelf
from dispatch_server.enforcement.ports import CoveragePort
from dispatch_server.identity.model import Role
from tests.integration.enforcement.field import WELL, Field
from tests.integration.matrix.server import SIBLING

MINUTE_US = 60_000_000


@dataclass
class Counted:
    """The ledger of coverage, and each question that it was asked."""

    behind: CoveragePort
    asked: list[tuple[str, int, int]] = field(default_factory=list)

    async def lacking(self, source: str, from_utc_us: int, to_utc_us: int) -> Sequence[tuple[int, int]]:
        self.asked.append((source, from_utc_us, to_utc_us))
        return await self.behind.lacking(source, from_utc_us, to_utc_us)


async def many_steps(field: Field) -> tuple[str, int]:
    """Ten steps in ten minutes, of which the first five were recorded."""
    begun = field.now - 30 * MINUTE_US
    identity = await field.opened("T1301", utc_us=begun, terminals=["T1302"])
    assert (await field.send("T1301", identity, "begin", utc_us=begun, check=WELL)).status_code == 200
    for number in range(10):
        for what, second in (("begin", 10), ("end", 40)):
            moment = begun + number * MINUTE_US + second * 1_000_000
            answer = await field.send("T1301", identity, "steps", utc_us=moment, step="sign", what=what)
            assert answer.status_code == 200, answer.text
    await field.recorded("T1302", begun, begun + 5 * MINUTE_US)
    return identity, begun


async def test_each_terminal_is_asked_once_however_many_steps_there_are(field: Field) -> None:
    identity, _ = await many_steps(field)
    counted = field.room.views.coverage = Counted(field.room.views.coverage)
    detail = await field.detail(identity)
    assert [one["covered"] for one in detail["steps"]] == [True] * 5 + [False] * 5
    assert [source for source, _, _ in counted.asked] == ["T1301", "T1302"]


async def test_coverage_is_read_without_any_segment(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    identity, _ = await many_steps(field)
    room = field.whole.wiring.state["coverage"]
    assert isinstance(room, CoverageRoom)
    await room.service.compute(identity)
    timeline = (await field.desk("GET", f"/enforcements/{identity}/timeline")).json()

    async def none(self: Shelf, of: object) -> object:
        raise AssertionError("segments were read")

    monkeypatch.setattr(Shelf, "spans_of", none)
    answer = await field.desk("GET", f"/enforcements/{identity}/coverage")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["coverage"]["per_mille"] < 1000 and found["coverage"]["runs"]
    assert [one["source"] for one in found["sources"]] == ["T1301", "T1302"]
    whole, each = timeline["coverage"], [one["coverage"] for one in timeline["sources"]]
    assert {**found["coverage"], "computed_utc_us": 0} == {**whole, "computed_utc_us": 0}
    assert [one["missing_us"] for one in found["sources"]] == [one["missing_us"] for one in each]
    outside = await field.desk("GET", f"/enforcements/{identity}/coverage", role=Role.OPERATOR, place=SIBLING)
    assert outside.status_code == 404
    read = await field.desk("GET", f"/enforcements/{identity}/timeline")
    assert read.status_code == 500, "the test sees a segment that is read"
