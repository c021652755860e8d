"""Changes: all or nothing with their lines in the ledger, one after the other, told to the other nodes."""

import asyncio
from dataclasses import replace

import pytest

from dispatch_server.kit.acts import LedgerAway
from dispatch_server.org.certificates import MayNotAct
from dispatch_server.org.editing import changed, created
from dispatch_server.org.model import OrganisationChanged
from dispatch_server.org.refusals import RulesBroken, ThingUnknown, VersionOutdated
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from tests.integration.org.rig import SETUP, Rig
from tests.unit.org.county import department


async def rename(rig: Rig, name: str, version: int = 1, path: str = "14") -> None:
    values = {"name": name}
    await rig.org.change(SETUP, changed("departments", path, version, False, rig.world.utc_us(), values))


async def test_a_change_and_its_line_stand_or_fall_together(rig: Rig) -> None:
    await rename(rig, "新东河镇")
    (act,) = rig.ledger.acts
    assert rig.ledger.connected == [True]
    assert (act.action, act.subject, act.department) == ("org.department.change", "department:14", "14")
    assert act.detail == {"done": "changed", "changes": "name: 东河镇 → 新东河镇"}
    rig.ledger.away = True
    before = rig.org.now
    with pytest.raises(LedgerAway):
        await rename(rig, "别名", 2)
    assert rig.org.now is before
    assert (await rig.org.store.read()).departments["14"].name == "新东河镇"


async def test_what_breaks_a_rule_is_not_written(rig: Rig) -> None:
    revision = await rig.org.store.revision()
    with pytest.raises(RulesBroken, match="another one beside it is called 西山镇"):
        await rename(rig, "西山镇")
    assert (await rig.org.store.revision(), rig.ledger.acts) == (revision, [])


async def test_no_change_makes_no_revision_and_no_line(rig: Rig) -> None:
    revision = rig.org.now.revision
    await rename(rig, "东河镇")
    assert (rig.org.now.revision, await rig.org.store.revision(), rig.ledger.acts) == (revision, revision, [])


async def test_of_many_at_once_one_changes_it(rig: Rig, database: Database, bus: LocalBus) -> None:
    """Two nodes over one database: each writes what it has seen, and only the first of them was right."""
    other = Rig(database, bus)
    await other.org.load()
    results = await asyncio.gather(
        *(rename(node, f"名{number}") for number, node in enumerate([rig, other] * 4)), return_exceptions=True
    )
    assert [type(one) for one in results if one is not None] == [VersionOutdated] * 7
    assert len(rig.ledger.acts) + len(other.ledger.acts) == 1
    assert (await rig.org.store.read()).departments["14"].version == 2


async def test_two_changes_that_do_not_go_together_are_not_both_made(
    rig: Rig, database: Database, bus: LocalBus
) -> None:
    """One node closes a township while the other gives it a team: each alone would be right."""
    other = Rig(database, bus)
    await other.org.load()
    closing = changed("departments", "21", 1, True, 5, {})
    results = await asyncio.gather(
        rig.org.change(SETUP, closing),
        other.org.change(SETUP, created(department("21/01"))),
        return_exceptions=True,
    )
    whole = await rig.org.store.read()
    is_closed = whole.departments["21"].closed_utc_us is not None
    team = whole.departments.get("21/01")
    assert is_closed
    assert (team is None) == isinstance(results[1], RulesBroken)
    assert team is None or team.closed_utc_us is not None


async def test_another_node_catches_up_when_it_is_told_and_when_it_was_not(
    rig: Rig, database: Database, bus: LocalBus
) -> None:
    other = Rig(database, bus)
    await other.org.load()
    inbox = bus.subscribe(OrganisationChanged, "test")
    await rename(rig, "新东河镇")
    event = await anext(inbox)
    assert (event.kinds, event.revision, event.durable) == (("department",), rig.org.now.revision, True)
    assert other.org.departments()["14"].name == "东河镇"
    await other.org.catch_up(event.revision)
    assert other.org.now == rig.org.now
    await rename(rig, "更新镇", 2)
    await other.org.catch_up()
    assert other.org.departments()["14"].name == "更新镇"
    held = other.org.now
    await other.org.catch_up()
    assert other.org.now is held  # nothing new: nothing is read


async def test_an_item_is_kept_in_every_version(rig: Rig) -> None:
    first = rig.org.item("CF-03-001")
    values = {"name": "新名", "tiers": first.tiers[:1]}
    await rig.org.change(SETUP, changed("items", "CF-03-001", 1, False, 5, values))
    assert rig.org.item("CF-03-001").version == 2
    assert await rig.org.item_version("CF-03-001", 1) == first
    assert (await rig.org.item_version("CF-03-001", 2)).name == "新名"
    for code, version in (("CF-03-001", 3), ("NONE", 1)):
        with pytest.raises(ThingUnknown):
            await rig.org.item_version(code, version)


async def test_readers_are_answered_from_memory(rig: Rig) -> None:
    assert rig.org.desks_for("CF-05-001", "15").departments == ("05",)
    assert [one.code for one in rig.org.delegated_to("21/09")][:1] == ["CF-03-001"]
    assert len(rig.org.question_types) == 5
    may = {one.certificate: rig.org.officer_may_act(one) for one in rig.org.officers().values()}
    assert {name: reason for name, reason in may.items() if reason} == {
        "样例-16-001": MayNotAct.EXPIRED,
        "样例-16-002": MayNotAct.WITHDRAWN,
    }
    await rig.org.change(SETUP, changed("departments", "21", 1, True, 5, {}))
    officer = rig.org.now.officers_by_certificate["样例-21-001"]
    assert rig.org.officer_may_act(officer) is MayNotAct.DEPARTMENT_CLOSED
    assert rig.org.officer_may_act(replace(officer, department="99")) is MayNotAct.DEPARTMENT_CLOSED
