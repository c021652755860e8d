"""A timeline tells what happened and what was made of it, to whoever may know it."""

from typing import Any

from dispatch_server.archive.derivatives.model import Derivative, Kind, State
from dispatch_server.archive.derivatives.store import DerivativeStore
from dispatch_server.identity.model import Person
from dispatch_server.identity.roles import Role
from tests.integration.archive.clips import START_US
from tests.integration.archive.enforcements import Mark, Pause, Step
from tests.integration.archive.rig import DEPARTMENT, Rig
from tests.integration.archive.test_coverage_ledger import ID, S, cut_recording, under_way


def derivative(number: int, recording_id: str, **changes: Any) -> Derivative:
    one = Derivative(
        f"derivative-{number}", recording_id, DEPARTMENT, Kind.STILL, START_US + S, START_US + S, "", "png", "p1",
        "Operator", START_US + 9 * S, state=State.READY, from_utc_us=START_US + S, to_utc_us=START_US + S,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(one, name, value)
    return one


async def keep(rig: Rig, *made: Derivative) -> None:
    store: DerivativeStore = rig.coverage.timelines.made
    async with store.database.transaction() as connection:
        for one in made:
            await store.add(connection, one)


async def told(rig: Rig, path: str, person: str = "operator") -> dict[str, Any]:
    async with rig.client(person) as client:
        answer = await client.get(f"/api/v1/{path}/timeline")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def test_a_recording_alone_tells_what_happened_in_its_time(rig: Rig) -> None:
    one = under_way(rig, 13)
    one.steps += [Step("spoken_notice", START_US, START_US + S), Step("sign", START_US + 90 * S, None)]
    one.marks.append(Mark(START_US + 2 * S, "亮证"))
    one.pauses.append(Pause(START_US + 3 * S, START_US + 4 * S, "更换电池"))
    recording_id = await cut_recording(rig, 4, 5, 4)
    await rig.coverage.service.turn()
    timeline = await told(rig, f"recordings/{recording_id}")
    assert [one["step"] for one in timeline["steps"]] == ["spoken_notice"]
    assert [one["text"] for one in timeline["marks"]] == ["亮证"]
    assert [one["reason"] for one in timeline["pauses"]] == ["更换电池"]
    assert timeline["enforcement_ids"] == [ID] and timeline["made"] == []
    one.department = "county/mark"  # whoever may see the recording need not see the enforcement
    assert (await told(rig, f"recordings/{recording_id}"))["steps"] != [], "the operator of the county sees both"
    assert (await told(rig, f"recordings/{recording_id}", "market"))["steps"] == []


async def test_what_was_made_is_told_to_whoever_may_know_of_it(rig: Rig) -> None:
    rig.sign_ins.people["expert"] = Person("p5", "Expert", frozenset({Role.EXPERT}))
    under_way(rig, 13)
    recording_id = await cut_recording(rig, 4, 5, 4)
    await rig.coverage.service.turn()
    await keep(
        rig,
        derivative(1, recording_id),
        derivative(2, recording_id, kind=Kind.CLIP, to_utc_us=START_US + 3 * S),
        derivative(3, recording_id, state=State.ASKED),
        derivative(4, recording_id, state=State.FAILED),
        derivative(5, "another-recording"),
        derivative(6, recording_id, department="county/mark"),
    )
    for path in (f"recordings/{recording_id}", f"enforcements/{ID}"):
        made = (await told(rig, path, "market"))["made"]
        assert [(one["derivative_id"], one["kind"]) for one in made] == [
            ("derivative-2", "clip"),
            ("derivative-1", "still"),
        ]
        assert (made[1]["from_utc_us"], made[1]["made_name"]) == (START_US + S, "Operator")
        assert len((await told(rig, path))["made"]) == 3, "the county sees that of the other department"
        assert (await told(rig, path, "expert"))["made"] == [], "an expert does not list derivatives"
