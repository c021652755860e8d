"""Issue and return: by hand, by code, by PIN; two officers, one terminal each; ends by time and by certificate."""

import asyncio
import time
from dataclasses import replace
from typing import Any

from dispatch_server.devices.ports import OfficerFacts
from dispatch_server.identity.model import Role
from dispatch_server.kit.acts import Outcome
from tests.integration.devices.rig import Rig

DAY_US = 86_400_000_000
PIN = "314159"


def officers(rig: Rig, count: int = 3, department: str = "13") -> None:
    for turn in range(1, count + 1):
        until = rig.utc_us + 30 * DAY_US
        rig.officers.known[f"o{turn}"] = OfficerFacts(f"o{turn}", f"执法员{turn}", department, until)


async def issue(rig: Rig, number: str, officer: str, **more: int):  # type: ignore[no-untyped-def]
    return await rig.desk.post(f"/api/v1/devices/{number}/shift", json={"officer": officer, **more})


async def carriers(rig: Rig, number: str = "T1301") -> list[str]:
    return [shift["officer"] for shift in (await rig.entry(number))["shifts"]]


async def test_two_officers_carry_one_terminal_and_nobody_two(rig: Rig) -> None:
    officers(rig)
    assert (await issue(rig, "T1301", "o1")).status_code == 201
    assert (await issue(rig, "T1301", "o2")).status_code == 201
    assert (await issue(rig, "T1301", "o3")).json()["code"] == "terminal_taken"
    elsewhere = await issue(rig, "T1302", "o1")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "officer_elsewhere")
    assert "T1301" in elsewhere.json()["detail"]
    returned = await rig.desk.post("/api/v1/devices/T1301/shift/return", json={"officer": "o1"})
    assert returned.status_code == 204
    assert await carriers(rig) == ["o2"]
    assert (await issue(rig, "T1302", "o1")).status_code == 201
    again = await rig.desk.post("/api/v1/devices/T1301/shift/return", json={"officer": "o1"})
    assert (again.status_code, again.json()["code"]) == (404, "shift_unknown")
    assert [n for n in rig.room.bus.names() if n.startswith("Shift")] == ["ShiftBegun"] * 2 + [
        "ShiftEnded",
        "ShiftBegun",
    ]


async def test_which_terminal_an_officer_carries_is_told_in_scope_alone(rig: Rig) -> None:
    officers(rig)
    # A terminal that moved on to another township with its officer, and one of that officer's own.
    assert (await issue(rig, "T1401", "o1")).status_code == 201
    somebody = await rig.person("13", Role.OPERATOR)
    refused = await somebody.post("/api/v1/devices/T1301/shift", json={"officer": "o1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "officer_elsewhere")
    assert "T1401" not in refused.text and "another terminal" in refused.json()["detail"]
    assert "T1401" in (await issue(rig, "T1301", "o1")).json()["detail"]
    await somebody.aclose()


async def test_of_many_issues_at_once_two_succeed(rig: Rig) -> None:
    officers(rig, 6)
    answers = await asyncio.gather(*(issue(rig, "T1301", f"o{turn}") for turn in range(1, 7)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 4


async def test_a_shift_ends_at_its_time_or_with_the_certificate(rig: Rig) -> None:
    officers(rig)
    known = rig.officers.known
    known["o2"] = replace(known["o2"], may_act_until_utc_us=rig.utc_us + 3_600_000_000)
    first = (await issue(rig, "T1301", "o1", ends_utc_us=rig.utc_us + 7_200_000_000)).json()
    second = (await issue(rig, "T1301", "o2")).json()
    assert first["ends_utc_us"] - rig.utc_us == 7_200_000_000
    assert second["ends_utc_us"] == known["o2"].may_act_until_utc_us
    rig.advance(600)
    assert (
        await rig.desk.patch("/api/v1/devices/T1302", json={"name": "备用"})
    ).status_code == 200  # reading is no use of a sign-in
    known["o1"] = replace(known["o1"], may_act_until_utc_us=None)  # withdrawn
    await rig.devices.upkeep.tick()
    assert await carriers(rig) == ["o2"]
    rig.devices.parts.shifts.officers.known["o2"] = replace(known["o2"], may_act_until_utc_us=rig.utc_us + DAY_US)  # type: ignore[attr-defined]
    for _ in range(5):  # a session idles out after 15 minutes
        rig.advance(600)
        assert (await rig.desk.patch("/api/v1/devices/T1302", json={"name": "备用"})).status_code == 200
    await rig.devices.upkeep.tick()
    assert await carriers(rig) == []
    reasons = [one["reason"] for one in (await rig.desk.get("/api/v1/devices/T1301/shifts")).json()["shifts"]]
    assert reasons == ["the shift is over", "the officer's certificate is not valid any more"]
    refused = await issue(rig, "T1301", "o1")
    assert (refused.status_code, refused.json()["code"]) == (409, "officer_may_not_act")


async def test_a_shift_has_a_sensible_end(rig: Rig) -> None:
    officers(rig)
    for ends in (rig.utc_us, rig.utc_us - 1, rig.utc_us + 2 * DAY_US):
        assert (await issue(rig, "T1301", "o1", ends_utc_us=ends)).json()["code"] == "shift_too_long"


async def test_a_revoked_terminal_is_carried_by_nobody(rig: Rig) -> None:
    officers(rig)
    await rig.enrol()
    await issue(rig, "T1301", "o1")
    await rig.revoke()
    await rig.devices.upkeep.tick()
    assert await carriers(rig) == []
    assert (await issue(rig, "T1301", "o1")).json()["code"] == "terminal_state"


async def test_a_code_of_the_console_is_scanned_by_that_terminal_once(rig: Rig) -> None:
    officers(rig)
    mine, other = await rig.token(await rig.enrol("T1301")), await rig.token(await rig.enrol("T1302"))
    issued = (await rig.desk.post("/api/v1/devices/T1301/shift-code", json={"officer": "o1"})).json()
    assert issued["uri"].startswith("dispatch-shift:?code=")
    code = {"code": issued["code"]}
    assert (await rig.ask("POST", "/shift", other, json=code)).status_code == 401
    enrolling = await rig.field.post(
        "/api/v1/terminals/enrol", json={**code, "public_key": (await rig.enrol("T1401")).public}
    )
    assert enrolling.status_code == 401  # a shift code enrols nobody
    taken = await rig.ask("POST", "/shift", mine, json=code)
    assert (taken.status_code, taken.json()["officer_name"]) == (201, "执法员1")
    assert (await rig.ask("POST", "/shift", mine, json=code)).status_code == 401
    assert (await rig.heartbeat(mine)).json()["officers"] == ["执法员1"]
    assert (await rig.ask("DELETE", "/shift/o1", mine)).status_code == 204
    assert (await rig.ask("GET", "/shift", mine)).json() == {"shifts": []}


async def test_an_enrolment_code_begins_no_shift(rig: Rig) -> None:
    token = await rig.token(await rig.enrol())
    code = await rig.code()
    assert (await rig.ask("POST", "/shift", token, json={"code": code})).status_code == 401


async def set_pin(rig: Rig, officer: str = "o1", pin: str = PIN):  # type: ignore[no-untyped-def]
    return await rig.desk.put(f"/api/v1/devices/officers/{officer}/pin", json={"pin": pin})


async def log_in(rig: Rig, token: str, officer: str = "o1", pin: str = PIN):  # type: ignore[no-untyped-def]
    return await rig.ask("POST", "/shift", token, json={"officer": officer, "pin": pin})


async def test_an_officer_logs_in_with_number_and_pin(rig: Rig) -> None:
    officers(rig)
    token = await rig.token(await rig.enrol())
    for weak in ("123456", "987654", "111111", "12345a", "٣١٤١٥٩"):
        assert (await set_pin(rig, pin=weak)).json()["code"] == "pin_too_weak"
    assert (await set_pin(rig, "o9")).status_code == 404
    assert (await set_pin(rig)).status_code == 204
    assert (await log_in(rig, token)).status_code == 201
    assert PIN not in repr(rig.ledger.acts)


async def test_pins_are_locked_after_five_wrong_ones_also_when_they_come_at_once(rig: Rig) -> None:
    officers(rig)
    device = await rig.enrol()
    token = await rig.token(device)
    await set_pin(rig)
    answers = await asyncio.gather(*(log_in(rig, token, pin=f"27182{turn}") for turn in range(8)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "pin_refused")}
    assert (await log_in(rig, token)).status_code == 403  # the right one, locked
    rig.advance(880)
    token = await rig.token(device)
    assert (await log_in(rig, token)).status_code == 403
    rig.advance(20)
    assert (await log_in(rig, token)).status_code == 201


async def test_a_flood_of_tries_is_no_flood_of_lines_and_hashes(rig: Rig) -> None:
    officers(rig)
    token, other = await rig.token(await rig.enrol()), await rig.token(await rig.enrol("T1302"))
    await set_pin(rig)
    running, most = 0, 0
    hashing, lines = rig.devices.parts.shifts.in_thread, len(rig.ledger.acts)

    async def watched(*arguments: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        found = await hashing(*arguments)
        running -= 1
        return found

    rig.devices.parts.shifts.in_thread = watched
    answers = await asyncio.gather(*(log_in(rig, token, "nobody", f"27{turn:04d}") for turn in range(120)))
    said = [answer.status_code for answer in answers]
    assert (said.count(403), said.count(429), most) == (10, 110, 1)
    assert int(next(answer for answer in answers if answer.status_code == 429).headers["retry-after"]) > 0
    # One line for each that was looked at.
    assert [act.outcome for act in rig.ledger.acts[lines:]] == [Outcome.REFUSED] * 10
    assert (await rig.ask("DELETE", "/shift/o1", token)).status_code == 429
    assert (await log_in(rig, other)).status_code == 201


async def test_a_wrong_officer_a_foreign_one_and_a_wrong_pin_look_and_last_alike(rig: Rig) -> None:
    officers(rig)
    rig.officers.known["far"] = OfficerFacts("far", "远", "14", rig.utc_us + DAY_US)
    token = await rig.token(await rig.enrol())
    await set_pin(rig)
    await set_pin(rig, "far")
    said, took = [], []
    for officer, pin in (("o1", "000001"), ("nobody", PIN), ("far", PIN), ("o2", PIN)):
        begun = time.perf_counter()
        said.append((await log_in(rig, token, officer, pin)).json())
        took.append(time.perf_counter() - begun)
    assert all(one == said[0] for one in said)
    assert min(took) > 0.01  # every one of them was hashed


async def test_a_township_hands_nothing_to_a_foreign_officer(rig: Rig) -> None:
    officers(rig)
    somebody = await rig.person("14", Role.OPERATOR)
    refused = await somebody.post("/api/v1/devices/T1401/shift", json={"officer": "o1"})
    unknown = await somebody.post("/api/v1/devices/T1401/shift", json={"officer": "o99"})
    assert refused.status_code == 404 and refused.json() == unknown.json()
    pin = await somebody.put("/api/v1/devices/officers/o1/pin", json={"pin": PIN})
    assert pin.status_code == 404
    await somebody.aclose()
