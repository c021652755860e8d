"""What is done with terminals is told: about which one, in which department, what is new, and once."""

from dispatch_server.devices.ports import OfficerFacts
from dispatch_server.kit.acts import Act, Outcome
from tests.integration.devices.rig import Rig

API = "/api/v1/devices"
YEAR_US = 365 * 86_400_000_000


def told(acts: list[Act]) -> list[tuple[str, str, str, str]]:
    return [(act.action, act.subject, act.department, act.outcome.value) for act in acts]


async def test_a_change_is_told_with_what_is_new(rig: Rig) -> None:
    rig.ledger.acts.clear()
    await rig.desk.patch(f"{API}/T1301", json={"department": "14", "name": "新名"})
    await rig.desk.post(f"{API}/T1301/enrolment-code")
    await rig.desk.post(f"{API}/T1301/retire", json={"reason": "broken"})
    assert told(rig.ledger.acts) == [
        ("device.change", "terminal:T1301", "14", "done"),
        ("device.enrol", "terminal:T1301", "14", "done"),
        ("device.retire", "terminal:T1301", "14", "done"),
    ]
    change, _, retire = (act.detail for act in rig.ledger.acts)
    assert (change["department_before"], change["department_after"], change["name_after"]) == ("13", "14", "新名")
    assert retire == {"reason": "broken"}


async def test_who_is_handed_a_terminal_is_told(rig: Rig) -> None:
    rig.officers.known["o1"] = OfficerFacts("o1", "李明", "13", rig.room.world.utc_us() + YEAR_US)
    rig.ledger.acts.clear()
    assert (await rig.desk.put(f"{API}/officers/o1/pin", json={"pin": "482915"})).status_code == 204
    assert (await rig.desk.post(f"{API}/T1301/shift", json={"officer": "o1"})).status_code == 201
    assert (await rig.desk.post(f"{API}/T1301/shift/return", json={"officer": "o1"})).status_code == 204
    assert told(rig.ledger.acts) == [
        ("device.pin", "officer:o1", "13", "done"),
        ("device.issue", "terminal:T1301", "13", "done"),
        ("device.issue", "terminal:T1301", "13", "done"),
    ]
    assert [(act.detail.get("done"), act.detail.get("officer")) for act in rig.ledger.acts[1:]] == [
        ("issued", "o1"),
        ("returned", "o1"),
    ]


async def test_a_terminal_that_is_not_there_is_one_refusal_each_time_and_bounded(rig: Rig) -> None:
    rig.ledger.acts.clear()
    for _ in range(150):
        assert (await rig.desk.post(f"{API}/T9999/revoke", json={"reason": "x"})).status_code == 404
    assert {act.outcome for act in rig.ledger.acts} == {Outcome.REFUSED}
    assert len(rig.ledger.acts) == 60
    assert rig.ledger.acts[0].subject == "terminal:T9999"


async def test_without_a_ledger_rights_are_taken_away_and_none_are_given(rig: Rig) -> None:
    await rig.enrol()
    rig.ledger.is_away = True
    for path, body in (("T1302/enrolment-code", None), ("T1301/retire", {"reason": "old"})):
        answer = await rig.desk.post(f"{API}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (503, "ledger_unavailable")
    answer = await rig.desk.post(f"{API}/T1301/revoke", json={"reason": "stolen"})
    assert (answer.status_code, answer.json()["state"]) == (200, "revoked")
    journalled = [act for act in rig.ledger.journalled if act.action == "device.revoke"]
    assert [(act.subject, act.detail["reason"]) for act in journalled] == [("terminal:T1301", "stolen")]
