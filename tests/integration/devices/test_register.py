"""The register at the console: who sees which terminals, and what becomes of them."""

import pytest
from sqlalchemy import inspect

from dispatch_server.identity.model import Role
from dispatch_server.kit import scope as scopes
from dispatch_server.runtime.database import METADATA, Database
from tests.integration.devices.rig import Rig

TABLES = ("terminals", "device_keys", "terminal_codes", "shifts", "officer_pins", "terminal_health")


async def test_the_migrations_make_what_the_stores_declare(database: Database) -> None:
    async with database.reading() as connection:
        for name in TABLES:
            found = await connection.run_sync(lambda sync, name=name: inspect(sync).get_columns(name))
            wanted = {column.name: bool(column.nullable) for column in METADATA.tables[name].columns}
            assert {column["name"]: column["nullable"] for column in found} == wanted
            indexes = await connection.run_sync(lambda sync, name=name: inspect(sync).get_indexes(name))
            assert {index.name for index in METADATA.tables[name].indexes} <= {one["name"] for one in indexes}


async def test_two_terminals_a_department_are_there_at_the_first_start_and_once(rig: Rig, database: Database) -> None:
    devices = (await rig.desk.get("/api/v1/devices")).json()["devices"]
    assert len(devices) == 42
    assert {(one["number"], one["state"]) for one in devices} >= {("T0101", "registered"), ("T2102", "registered")}
    again = await Rig.over(database)
    assert len((await again.desk.get("/api/v1/devices")).json()["devices"]) == 42
    await again.close()


async def test_a_terminal_is_registered_renamed_moved_and_retired(rig: Rig) -> None:
    body = {"department": "13", "name": "城关镇3号终端", "name_en": "Chengguan, terminal 3"}
    made = await rig.desk.post("/api/v1/devices", json=body)
    assert (made.status_code, made.json()["number"]) == (201, "T1303")
    moved = await rig.desk.patch("/api/v1/devices/T1303", json={"department": "14", "name": "东河镇3号终端"})
    assert (moved.json()["department"], moved.json()["name"]) == ("14", "东河镇3号终端")
    assert moved.json()["name_en"] == "Chengguan, terminal 3"
    gone = await rig.desk.post("/api/v1/devices/T1303/retire", json={"reason": "broken"})
    assert (gone.json()["state"], gone.json()["reason"]) == ("retired", "broken")
    refused = await rig.desk.post("/api/v1/devices/T1303/enrolment-code")
    assert (refused.status_code, refused.json()["code"]) == (409, "terminal_state")
    assert (await rig.desk.post("/api/v1/devices", json=body)).json()["number"] == "T1304"  # never twice
    names = rig.room.bus.names()
    assert {"TerminalRegistered", "TerminalChanged", "TerminalRetired"} <= set(names)
    assert ("device.retire", "terminal:T1303", "done") in rig.ledger.lines()


async def test_a_retired_terminal_has_no_way_in(rig: Rig) -> None:
    device = await rig.enrol()
    token = await rig.token(device)
    await rig.go_live(device, token)
    assert (await rig.desk.post("/api/v1/devices/T1301/retire", json={"reason": "old"})).status_code == 200
    assert (await rig.heartbeat(token)).status_code == 401
    assert rig.room.media.sessions == {}
    again = await rig.desk.post("/api/v1/devices/T1301/revoke", json={"reason": "x"})
    assert again.status_code == 409


ASKS = [
    ("GET", "", None),
    ("PATCH", "", {"name": "x"}),
    ("POST", "/enrolment-code", None),
    ("POST", "/revoke", {"reason": "x"}),
    ("POST", "/retire", {"reason": "x"}),
    ("GET", "/health", None),
    ("POST", "/shift", {"officer": "o1"}),
    ("POST", "/shift-code", {"officer": "o1"}),
    ("POST", "/shift/return", {}),
    ("GET", "/shifts", None),
]


async def answers_of(rig: Rig, department: str, number: str) -> list[tuple[int, dict[str, object]]]:
    somebody = await rig.person(department)
    found = []
    for method, path, body in ASKS:
        answer = await somebody.request(method, f"/api/v1/devices/{number}{path}", json=body)
        found.append((answer.status_code, {**answer.json(), "instance": ""}))
    await somebody.aclose()
    return found


async def test_a_terminal_of_one_township_is_not_there_for_another(rig: Rig) -> None:
    await rig.enrol("T1301")
    foreign = await answers_of(rig, "14", "T1301")
    absent = await answers_of(rig, "14", "T9901")
    assert foreign == absent
    assert {status for status, _ in foreign} == {404}
    somebody = await rig.person("14")
    listed = (await somebody.get("/api/v1/devices")).json()["devices"]
    assert [one["number"] for one in listed] == ["T1401", "T1402"]
    taken = await somebody.patch("/api/v1/devices/T1401", json={"department": "13"})
    assert (taken.status_code, taken.json()["code"]) == (404, "department_unknown")
    unknown = await somebody.post("/api/v1/devices", json={"department": "99", "name": "x", "name_en": "x"})
    foreign_one = await somebody.post("/api/v1/devices", json={"department": "13", "name": "x", "name_en": "x"})
    assert unknown.json() == foreign_one.json()
    await somebody.aclose()
    assert (await rig.entry())["state"] == "enrolled"


async def test_without_scopes_they_would_be_there(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes.Scope, "covers", lambda self, department: True)
    assert 404 not in {status for status, _ in (await answers_of(rig, "14", "T1301"))[:4]}


async def test_roles_that_may_not_are_told_so(rig: Rig) -> None:
    expert = await rig.person("", Role.EXPERT)
    assert (await expert.get("/api/v1/devices")).status_code == 200
    for method, path, body in ASKS:
        if method != "GET":
            answer = await expert.request(method, f"/api/v1/devices/T1301{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    await expert.aclose()


async def test_two_who_change_the_same_both_succeed(rig: Rig, database: Database) -> None:
    other = await Rig.over(database)
    first = await rig.desk.patch("/api/v1/devices/T1301", json={"name": "甲"})
    second = await other.desk.patch("/api/v1/devices/T1301", json={"name_en": "B"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert (second.json()["name"], second.json()["name_en"]) == ("甲", "B")
    await other.close()


@pytest.mark.parametrize("department", ["1", "13/2", "13//02", "../13", "13/02/03/04/05/06", "ab"])
async def test_odd_departments_are_refused(rig: Rig, department: str) -> None:
    body = {"department": department, "name": "x", "name_en": "x"}
    assert (await rig.desk.post("/api/v1/devices", json=body)).status_code == 422


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 81, "\x00"])
async def test_odd_names_are_refused(rig: Rig, name: str) -> None:
    assert (await rig.desk.patch("/api/v1/devices/T1301", json={"name": name})).status_code == 422
