"""A terminal and the whole server: what the centre does is known in the field, and what the field did is kept."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from terminals.enforcement import known
from terminals.enforcement.course import RUNS, Course, State
from terminals.enforcement.delivery import CHECKED_HERE, Deliverer
from terminals.enforcement.outbox import Outbox, Said
from tests.integration.enforcement.field import WELL, Field, opened_field
from tests.integration.enforcement.test_law import end_certificate
from tests.integration.matrix.server import HOME

pytestmark = pytest.mark.timeout(120)
SECOND = 1_000_000
HOUR = 3600 * SECOND
REQUIRED = ("spoken_notice", "show_certificate", "onsite_inspection", "inform_rights", "sign")


@dataclass
class Line:
    """The terminal's Access, straight into the server."""

    centre: Field
    number: str = "T1301"

    async def ask(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        token = {"Authorization": f"Bearer {self.centre.tokens[self.number]}"}
        return await self.centre.whole.client.request(
            method, path, content=content, headers={**(headers or {}), **token}
        )


@dataclass
class Team:
    centre: Field
    outbox: Outbox
    deliverer: Deliverer = field(init=False)
    moment_us: int = 0

    def __post_init__(self) -> None:
        self.deliverer = Deliverer(Line(self.centre), self.outbox.folder, lambda: self.centre.now)  # type: ignore[arg-type]

    @property
    def course(self) -> Course:
        return known.course(self.outbox)

    def say(self, what: str, identity: str = "", /, **body: Any) -> str:
        """A millisecond after the one before."""
        identity = identity or self.course.enforcement
        self.moment_us = max(self.moment_us, self.centre.now - HOUR) + 1000
        words = {"key": self.centre.key(), "utc_us": self.moment_us} | body
        self.outbox.append(Said(identity, what, words))
        return identity

    def open(self, **changes: Any) -> str:
        own = self.centre.whole.new_id()
        return self.say("open", own, **{**self.centre.opening(), "id": own} | changes)

    async def reach(self) -> list[int]:
        """All is delivered, and what the server knows is learned."""
        self.deliverer._ask_at.clear()
        answers = await self.deliverer.deliver()
        await self.deliverer.learn()
        return [answer.status for answer in answers]

    async def desk(self, what: str, /, **words: Any) -> None:
        path = f"/enforcements/{self.course.enforcement}/{what}"
        answer = await self.centre.desk("POST", path, {"key": self.centre.key()} | words)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    async with opened_field(tmp_path / "var") as centre:
        yield Team(centre, Outbox(tmp_path / "enforcement"))


def finishing() -> dict[str, Any]:
    return {"reason": "完成", "missing": [{"step": step, "reason": "中止"} for step in REQUIRED]}


async def test_what_the_console_finishes_or_cancels_is_over_here_and_another_can_be_opened(team: Team) -> None:
    team.open()
    team.say("begin", check=WELL)
    assert await team.reach() == [200, 200] and team.course.state is State.UNDER_WAY
    await team.desk("finish", **finishing())
    assert await team.reach() == [] and team.course.state is State.OVER
    team.course.may("open")
    team.open()
    await team.reach()
    assert team.course.state is State.OPENED
    await team.desk("cancel", reason="选错了事项")
    await team.reach()
    assert team.course.state is State.OVER
    team.course.may("open")


async def test_steps_and_pauses_of_the_console_are_seen_here(team: Team) -> None:
    team.open()
    team.say("begin", check=WELL)
    await team.reach()
    for what in ("begin", "end"):
        await team.desk("steps", step="sign", what=what)
    await team.desk("pause", reason="换电池")
    await team.reach()
    assert (team.course.state, team.course.taken) == (State.PAUSED, {"sign"})


async def test_a_day_that_the_law_has_something_against_is_delivered_whole(team: Team) -> None:
    await end_certificate(team.centre, "样例-13-002")
    own = team.open()
    for what, body in (("begin", {"check": WELL}), ("marks", {"text": "封条"}), ("finish", finishing())):
        team.say(what, **body)
        assert team.course.enforcement == own
    assert await team.reach() == [200] * 4
    detail = await team.centre.detail(own)
    assert (detail["state"], [one["text"] for one in detail["marks"]]) == ("finished", ["封条"])
    assert {fault["code"] for fault in detail["faults"]} == {"officer_may_not_act", "officers_too_few"}


async def test_a_refused_opening_ends_no_recording_and_loses_no_word(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told within the minute it is refused; the recording goes on, and it is told again when it is late."""
    await end_certificate(team.centre, "样例-13-002")
    team.moment_us = team.centre.now - SECOND
    own = team.open()
    team.say("begin", check=WELL)
    team.say("marks", text="封条")
    assert await team.reach() == [400] and await team.reach() == [], "once is said once"
    assert (team.course.state, team.course.heard) == (State.UNDER_WAY, False)
    assert len(team.outbox.waiting()) == 3
    later = team.centre.now + 90 * SECOND
    monkeypatch.setattr(team.centre.whole.wiring.world, "utc_us", lambda: later)
    assert await team.reach() == [200, 200, 200]
    assert (team.course.state, team.course.heard) == (State.UNDER_WAY, True)
    assert (await team.centre.detail(own))["marks"][0]["text"] == "封条"


async def test_an_opening_that_is_refused_before_it_begins_can_be_said_anew(team: Team) -> None:
    team.moment_us = team.centre.now - SECOND
    team.open(item="CF-NONE")
    assert await team.reach() == [400] and team.course.state is State.NONE
    team.open()
    assert await team.reach() == [200] and team.course.state is State.OPENED


async def test_what_the_centre_opened_waits_here_and_is_begun_here(team: Team) -> None:
    opening = team.centre.opening(department=HOME, terminals=["T1301"])
    identity = (await team.centre.desk("POST", "/enforcements", opening)).json()["enforcement_id"]
    await team.reach()
    assert [one.enforcement for one in team.course.waiting] == [identity]
    team.moment_us = team.centre.now
    team.say("begin", identity, check=WELL)
    assert (team.course.enforcement, team.course.state) == (identity, State.UNDER_WAY)
    assert await team.reach() == [200] and team.course.state is State.UNDER_WAY
    team.say("finish", **finishing())
    answers = await team.deliverer.deliver()
    assert [answer.status for answer in answers] == [200]
    assert team.course.state is State.FINISHED, "also before the server has told anew"
    await team.deliverer.learn()
    assert team.course.state not in RUNS


async def test_a_clock_ahead_is_waited_for_and_one_far_ahead_is_not(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.moment_us = team.centre.now + 30 * SECOND
    own = team.open()
    team.say("begin", check=WELL)
    assert await team.reach() == [400] and team.course.state is State.UNDER_WAY
    later = team.centre.now + 40 * SECOND
    monkeypatch.setattr(team.centre.whole.wiring.world, "utc_us", lambda: later)
    assert await team.reach() == [200, 200]
    team.moment_us = later + 48 * HOUR
    team.say("marks", text="时钟错了两天")
    assert await team.reach() == [200]
    assert (await team.centre.detail(own))["marks"][0]["utc_us"] == later


async def test_a_begin_beside_another_waits_for_its_end(team: Team) -> None:
    opening = team.centre.opening(department=HOME, terminals=["T1301"])
    other = (await team.centre.desk("POST", "/enforcements", opening)).json()["enforcement_id"]
    begin = {"key": team.centre.key(), "check": WELL}
    assert (await team.centre.desk("POST", f"/enforcements/{other}/begin", begin)).status_code == 200
    own = team.open()
    team.say("begin", check=WELL)
    team.say("marks", text="封条")
    assert await team.reach() == [200, 409]
    assert (team.course.enforcement, team.course.heard, team.course.elsewhere) == (own, False, other)
    team.say("finish", other, **finishing(), utc_us=team.centre.now)
    assert await team.reach() == [200], "what must wait holds up its own enforcement and no other"
    assert await team.reach() == [200, 200]
    assert (await team.centre.detail(own))["marks"][0]["text"] == "封条"


async def test_a_begin_that_only_lacks_a_reason_is_given_one(team: Team) -> None:
    own = team.open()
    team.say("begin", check={})
    assert await team.reach() == [200, 200]
    assert (await team.centre.detail(own))["check_reason"] == CHECKED_HERE
