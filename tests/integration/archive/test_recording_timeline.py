"""The timeline of one recording: what happened while it went on, with its own times, and only what one may see."""

from dispatch_server.archive.coverage import messages as m
from dispatch_server.archive.coverage.timeline import Asker
from dispatch_server.kit.scope import COUNTY, Scope
from tests.integration.archive.clips import frames
from tests.integration.archive.enforcements import Enforcement, Mark, Pause, Step
from tests.integration.archive.rig import DEPARTMENT, Rig

S = 1_000_000
LENGTH_S = 20


async def shown(rig: Rig, *enforcements: Enforcement, scope: Scope = COUNTY) -> m.Timeline:
    one = await rig.start()
    rig.hub.give("stream-1", frames(LENGTH_S, start_us=rig.world.utc))
    rig.world.pass_s(LENGTH_S)
    await rig.end()
    for each in enforcements:
        rig.enforcements.add(each)
        await rig.coverage.service.compute(each.id)
    return await rig.coverage.timelines.of_recording(one, Asker("person-1", scope, Scope.of()))


def first(begin: int) -> Enforcement:
    """Begun before the recording, and over in the middle of it."""
    return Enforcement(
        "enforcement-1",
        begun_utc_us=begin - 100 * S,
        finished_utc_us=begin + 10 * S,
        state="finished",
        steps=[Step("inform", begin - 50 * S, begin - 40 * S), Step("sign", begin - 5 * S, begin + 5 * S)],
        marks=[Mark(begin - S, "早"), Mark(begin + S, "当事人到场")],
        pauses=[Pause(begin + 6 * S, begin + 7 * S, "涉密")],
    )


def second(begin: int, department: str = DEPARTMENT) -> Enforcement:
    """It goes on after the recording."""
    return Enforcement(
        "enforcement-2",
        department=department,
        begun_utc_us=begin + 12 * S,
        steps=[Step("serve", begin + 15 * S, begin + 90 * S), Step("seal", begin + 16 * S), Step("x", begin + 80 * S)],
        marks=[Mark(begin + 13 * S, "第二次")],
        pauses=[Pause(begin + 18 * S, None, "转场")],
    )


async def test_all_that_happened_meanwhile_is_there_and_nothing_else(rig: Rig) -> None:
    begin = rig.world.utc
    found = await shown(rig, first(begin), second(begin))
    assert found.enforcement_ids == ["enforcement-1", "enforcement-2"]
    assert [(one.step, one.from_utc_us, one.to_utc_us) for one in found.steps] == [
        ("sign", begin - 5 * S, begin + 5 * S),
        ("serve", begin + 15 * S, begin + 90 * S),
        ("seal", begin + 16 * S, None),
    ]
    assert [one.text for one in found.marks] == ["当事人到场", "第二次"]
    assert [(one.reason, one.to_utc_us) for one in found.pauses] == [("涉密", begin + 7 * S), ("转场", None)]


async def test_an_enforcement_that_one_may_not_see_says_nothing(rig: Rig) -> None:
    begin = rig.world.utc
    found = await shown(rig, first(begin), second(begin, "county/other"), scope=Scope.of(DEPARTMENT))
    assert found.enforcement_ids == ["enforcement-1"]
    assert [one.step for one in found.steps] == ["sign"] and [one.text for one in found.marks] == ["当事人到场"]
