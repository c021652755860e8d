"""Who may open and carry on what: certificates, powers, terminals, townships; each shown to fail with its check off."""

import asyncio
from typing import Any

import pytest

from dispatch_server.enforcement import store
from dispatch_server.identity.model import Role
from dispatch_server.kit.scope import COUNTY
from dispatch_server.org.service import OrgService
from tests.integration.enforcement.field import OFFICERS, WELL, Field
from tests.integration.matrix.server import HOME, SIBLING

pytestmark = pytest.mark.timeout(120)
EXPIRED, WITHDRAWN = "样例-16-001", "样例-16-002"


async def refusal(field: Field, number: str, **changes: Any) -> tuple[int, str, str]:
    answer = await field.terminal(number, "POST", "/enforcements", field.opening(f"{number[1:3]}", **changes))
    told = answer.json()
    return answer.status_code, told.get("code", ""), told.get("detail", "")


async def end_certificate(field: Field, certificate: str) -> None:
    """By the organisation's own route."""
    listed = (await field.desk("GET", "/org/officers?limit=200", role=Role.SYSTEM_ADMIN)).json()["officers"]
    one = next(officer for officer in listed if officer["certificate"] == certificate)
    words = {"name": one["name"], "certificate": certificate, "department": one["department"]}
    dates = {"expires_on": "2024-12-31", "valid_from": "2020-01-01"}
    answer = await field.desk("PUT", f"/org/officers/{one['id']}", {**words, **dates}, role=Role.SYSTEM_ADMIN)
    assert answer.status_code == 200, answer.text


async def test_two_officers_whose_certificates_are_good(field: Field) -> None:
    first, second = OFFICERS["13"]
    assert (await refusal(field, "T1301", officers=[first, first]))[:2] == (400, "officers_too_few")
    for certificate in (EXPIRED, "样例-14-001", "样例-99-999"):
        told = await refusal(field, "T1301", officers=[first, second, certificate])
        assert told == (400, "officer_may_not_act", f"{certificate}: unknown_here")
    await end_certificate(field, second)
    told = await refusal(field, "T1301")
    assert told == (400, "officer_may_not_act", f"{second}: certificate_expired")


async def test_without_the_check_of_certificates_it_would_be_opened(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    await end_certificate(field, OFFICERS["13"][1])
    monkeypatch.setattr(OrgService, "officer_may_act", lambda self, officer, utc_us=None: None)
    assert (await refusal(field, "T1301"))[0] == 201


async def test_a_certificate_that_ends_stops_a_begin_and_never_a_finish(field: Field) -> None:
    running, waiting = await field.under_way(), await field.opened("T1302")
    await end_certificate(field, OFFICERS["13"][0])
    refused = await field.send("T1302", waiting, "begin", check=WELL)
    assert (refused.status_code, refused.json()["code"]) == (400, "officer_may_not_act")
    reasons = [
        {"step": step, "reason": "中止"}
        for step in ("spoken_notice", "show_certificate", "onsite_inspection", "inform_rights", "sign")
    ]
    assert (await field.send("T1301", running, "finish", reason="收队", missing=reasons)).status_code == 200


async def test_who_delegated_may_stand_beside_two_of_the_township(field: Field) -> None:
    first, second = OFFICERS["13"]
    assert (await refusal(field, "T1301", officers=[first, second, "样例-03-001"]))[0] == 201
    assert (await refusal(field, "T1301", officers=[first, "样例-03-001"]))[:2] == (400, "officers_too_few")
    assert (await refusal(field, "T1301", officers=[first, second, "样例-05-001"]))[1] == "officer_may_not_act"


async def test_only_what_is_own_or_delegated(field: Field) -> None:
    assert (await refusal(field, "T1401", item="CF-02-001"))[:2] == (400, "item_not_in_power")
    assert (await refusal(field, "T1401", item="CF-NONE"))[:2] == (400, "item_not_in_power")
    assert (await refusal(field, "T1401", item="JC-04-001", kind="inspection"))[0] == 201


async def test_only_its_own_terminals_that_are_trusted(field: Field) -> None:
    assert (await refusal(field, "T1301", terminals=["T1401"]))[:2] == (400, "terminal_cannot_take_part")
    assert (await refusal(field, "T1301", terminals=["T9901"]))[:2] == (400, "terminal_cannot_take_part")
    await field.desk("POST", "/devices/T1302/revoke", {"reason": "丢失"})
    assert (await refusal(field, "T1301", terminals=["T1302"]))[:2] == (400, "terminal_cannot_take_part")
    assert (await field.terminal("T1302", "GET", "/enforcement")).status_code == 401


async def test_a_revoked_terminal_s_enforcement_goes_on_and_is_finished_by_another(field: Field) -> None:
    identity = await field.under_way(terminals=["T1302"])
    await field.desk("POST", "/devices/T1301/revoke", {"reason": "丢失"})
    assert (await field.send("T1302", identity, "marks", text="继续")).status_code == 200
    assert (await field.detail(identity))["state"] == "under_way"


async def test_another_township_has_none_of_it(field: Field) -> None:
    identity = await field.under_way()
    for answer in (
        await field.send("T1401", identity, "marks", text="x"),
        await field.send("T1302", identity, "marks", text="x"),  # of the township, but it takes no part
        await field.desk("GET", f"/enforcements/{identity}", place=SIBLING),
        await field.desk("GET", f"/enforcements/{identity}/party", place=SIBLING),
        await field.desk("POST", f"/enforcements/{identity}/marks", {"key": field.key(), "text": "x"}, place=SIBLING),
        await field.desk("GET", f"/enforcements/{field.whole.new_id()}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "enforcement_unknown")
    assert (await field.desk("GET", "/enforcements", place=SIBLING)).json()["enforcements"] == []
    assert (await field.desk("GET", "/enforcements/under-way", place=SIBLING)).json()["enforcements"] == []
    assert (await field.desk("GET", "/enforcements?department=13", place=SIBLING)).json()["enforcements"] == []


async def test_without_its_scope_the_township_would_see_it(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = await field.opened()
    monkeypatch.setattr(store, "in_scope", lambda column, scope: column == column)
    assert (await field.desk("GET", f"/enforcements/{identity}", place=SIBLING)).status_code == 200


async def test_the_console_opens_for_its_own_departments_only(field: Field) -> None:
    wish = {"department": HOME, "terminals": ["T1302"]}
    for role in (Role.OPERATOR, Role.OFFICER):
        answer = await field.desk("POST", "/enforcements", field.opening(**wish), role=role, place=HOME)
        assert answer.status_code == 201, answer.text
        refused = await field.desk("POST", "/enforcements", field.opening(**wish), role=role, place=SIBLING)
        assert (refused.status_code, refused.json()["code"]) == (400, "department_unknown")
    assert (await field.desk("POST", "/enforcements", field.opening(**wish), role=Role.EXPERT)).status_code == 403
    begun = {"key": field.key(), "check": WELL}
    identity = str(answer.json()["enforcement_id"])
    assert (await field.desk("POST", f"/enforcements/{identity}/begin", begun, place=HOME)).status_code == 200


async def test_of_two_that_begin_at_once_one_wins(stored: Field) -> None:
    field = stored
    both = [await field.opened("T1301", terminals=["T1302"]), await field.opened("T1302", terminals=["T1301"])]
    answers = await asyncio.gather(
        field.send("T1301", both[0], "begin", check=WELL), field.send("T1302", both[1], "begin", check=WELL)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.json()["code"] == "terminal_busy"
    states = [(await field.detail(one))["state"] for one in both]
    assert sorted(states) == ["opened", "under_way"]
    assert len(field.room.views.under_way(COUNTY).enforcements) == 1
