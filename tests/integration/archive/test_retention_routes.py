"""Keeping, holds and destructions over HTTP."""

from typing import Any

from tests.integration.archive.retention_rig import RetentionRig

API = "/api/v1"


async def asked(rig: RetentionRig, person: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    async with rig.rig.client(person) as client:
        answer = await client.request(method, API + path, json=body)
        return answer.status_code, answer.json() if answer.content else None


async def test_the_policy_and_the_clock_are_shown(retention: RetentionRig) -> None:
    status, policy = await asked(retention, "operator", "GET", "/retention/policy")
    assert status == 200 and policy["floor_months"] == 6 and len(policy["digest"]) == 64
    assert policy["rules"][2] == {
        "name": "obstruction", "keep": "permanent", "department": None, "kind": None, "step": None,
        "class": "obstruction", "linked": None,
    }  # fmt: skip
    assert (await asked(retention, "operator", "GET", "/retention/clock"))[1]["believed"] is True
    retention.world.utc += 10**12
    shown = (await asked(retention, "operator", "GET", "/retention/clock"))[1]
    assert (shown["believed"], shown["why_not"]) == (False, "jumped")
    assert (await asked(retention, "system-admin", "POST", "/retention/clock/confirmation"))[0] == 403
    status, shown = await asked(retention, "audit-admin", "POST", "/retention/clock/confirmation")
    assert status == 201 and shown["believed"]


async def test_a_recording_says_how_long_it_is_kept(retention: RetentionRig) -> None:
    old, young = await retention.recording(), await retention.recording(days=20)
    status, keep = await asked(retention, "operator", "GET", f"/recordings/{old}/keep")
    assert status == 200 and keep["rule"] == "unlinked" and keep["why_not"] == "" and not keep["listed"]
    assert "for longer" in (await asked(retention, "operator", "GET", f"/recordings/{young}/keep"))[1]["why_not"]
    status, hold = await asked(retention, "operator", "POST", "/holds", {"recordings": [old], "reason": "复议"})
    assert status == 201 and hold["state"] == "standing"
    keep = (await asked(retention, "operator", "GET", f"/recordings/{old}/keep"))[1]
    assert (keep["until_utc_us"], keep["rule"], keep["holds"]) == (None, "held", [hold["id"]])
    assert (await asked(retention, "township", "GET", f"/recordings/{old}/keep"))[0] == 404


async def test_a_hold_by_its_routes(retention: RetentionRig) -> None:
    old = await retention.recording()
    hold = (await asked(retention, "operator", "POST", "/holds", {"recordings": [old], "reason": "复议"}))[1]
    path = f"/holds/{hold['id']}"
    assert (await asked(retention, "operator", "GET", path))[1]["recording_ids"] == [old]
    assert (await asked(retention, "township", "GET", path))[0] == 404
    assert (await asked(retention, "township", "GET", "/holds"))[1] == {"holds": []}
    reason = {"reason": "了结"}
    assert (await asked(retention, "operator", "POST", f"{path}/release", reason))[0] == 403
    status, answer = await asked(retention, "stale-admin", "POST", f"{path}/release", reason)
    assert (status, answer["code"]) == (403, "second_factor_needed")
    assert (await asked(retention, "system-admin", "POST", f"{path}/release", reason))[0] == 201
    status, answer = await asked(retention, "system-admin", "POST", f"{path}/release/confirmation")
    assert (status, answer["code"]) == (403, "second_person_needed")
    assert (await asked(retention, "audit-admin", "DELETE", f"{path}/release"))[1]["state"] == "standing"
    assert (await asked(retention, "system-admin", "POST", f"{path}/release", reason))[0] == 201
    assert (await asked(retention, "audit-admin", "POST", f"{path}/release/confirmation"))[1]["state"] == "released"
    assert (await asked(retention, "operator", "GET", "/holds"))[1] == {"holds": []}
    assert len((await asked(retention, "operator", "GET", "/holds?standing=false"))[1]["holds"]) == 1


async def test_a_destruction_by_its_routes(retention: RetentionRig) -> None:
    old = await retention.recording()
    body = {"department": "13", "recordings": [old], "reason": "到期"}
    assert (await asked(retention, "security-admin", "POST", "/destructions", body))[0] == 403
    assert (await asked(retention, "stale-admin", "POST", "/destructions", body))[1]["code"] == "second_factor_needed"
    status, made = await asked(retention, "system-admin", "POST", "/destructions", body)
    assert status == 201 and made["state"] == "listed"
    path = f"/destructions/{made['id']}"
    assert (await asked(retention, "township", "GET", path))[0] == 404
    for person, code in (
        ("system-admin", 403),
        ("security-admin", 201),
        ("security-admin-2", 403),
        ("audit-admin", 201),
    ):
        assert (await asked(retention, person, "POST", f"{path}/approval"))[0] == code
    await asked(retention, "operator", "POST", "/holds", {"recordings": [old], "reason": "复议"})
    shown = (await asked(retention, "operator", "GET", path))[1]
    assert shown["state"] == "waiting" and shown["counts"] == {"taken off": 1}
    assert (shown["items"][0]["state"], shown["items"][0]["reason"]) == ("taken off", "it is held")
    assert (await asked(retention, "audit-admin", "POST", f"{path}/stop", {"reason": "复核"}))[1]["state"] == "stopped"
    assert (await asked(retention, "audit-admin", "POST", f"{path}/stop", {"reason": "x"}))[0] == 409
    assert (await asked(retention, "operator", "GET", "/destructions"))[1] == {"destructions": []}


async def test_what_is_due_by_its_route(retention: RetentionRig) -> None:
    """Not what is young, held, of elsewhere or on a list already; by parts, oldest first."""
    older, old = await retention.recording(days=500), await retention.recording(days=400)
    held, elsewhere = await retention.recording(), await retention.recording(department="14")
    await retention.recording(days=20)
    await asked(retention, "operator", "POST", "/holds", {"recordings": [held], "reason": "复议"})
    status, shown = await asked(retention, "system-admin", "GET", "/destructions/due?department=13&limit=1")
    assert status == 200 and [one["recording_id"] for one in shown["recordings"]] == [older]
    assert shown["recordings"][0]["rule"] == "unlinked" and shown["recordings"][0]["bytes"] == 1000
    more = f"/destructions/due?department=13&after={shown['next_after']}"
    shown = (await asked(retention, "system-admin", "GET", more))[1]
    assert ([one["recording_id"] for one in shown["recordings"]], shown["next_after"]) == ([old], None)
    due = (await asked(retention, "township", "GET", "/destructions/due"))[1]
    assert [one["recording_id"] for one in due["recordings"]] == [elsewhere]
    body = {"department": "13", "recordings": [old], "reason": "到期"}
    made = (await asked(retention, "system-admin", "POST", "/destructions", body))[1]
    assert made["made_by_id"] == "system-admin"
    shown = (await asked(retention, "system-admin", "GET", "/destructions/due"))[1]
    assert {one["recording_id"] for one in shown["recordings"]} == {older, elsewhere}
    assert (await asked(retention, "system-admin", "GET", "/destructions/due?after=1"))[0] == 422
    retention.world.utc += 10**12
    status, answer = await asked(retention, "system-admin", "GET", "/destructions/due")
    assert (status, answer["code"]) == (409, "clock_doubted")


async def test_a_destroyed_recording_is_found_and_not_played(retention: RetentionRig) -> None:
    old = await retention.recording()
    await retention.approved()
    await retention.days(8)
    assert (await asked(retention, "operator", "GET", f"/recordings/{old}"))[0] == 200
    wish = {"recording_ids": [old], "kind": "review", "purpose": "核对"}
    assert (await asked(retention, "operator", "POST", "/viewings", wish))[0] == 201
    for path in ("playlist.m3u8", "segments/1.mp4"):
        status, answer = await asked(retention, "operator", "GET", f"/recordings/{old}/{path}")
        assert (status, answer["code"]) == (410, "recording_destroyed")
    assert (await asked(retention, "operator", "GET", f"/recordings/{old}/thumbnail.jpg"))[0] == 404


async def test_the_forecast(retention: RetentionRig) -> None:
    for days in range(1, 15):
        await retention.recording(days=days)
    retention.world.pass_s(1000)
    await retention.room.upkeep.round()
    status, shown = await asked(retention, "operator", "GET", "/storage/forecast")
    assert (shown["alarm_percent"], shown["refuse_percent"]) == (85, 95)
    assert status == 200 and shown["bytes_per_day"] == 1000 and shown["folders"][0]["total_bytes"] > 0
    names = {reading.name: reading.value for reading in retention.room.readings()}
    assert names["storage_bytes_per_day"] == 1000 and names["retention_clock_believed"] == 1
