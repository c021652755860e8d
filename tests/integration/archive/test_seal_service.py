"""Recordings are sealed beside the streams, read again in time, and what differs is told once and shown."""

import time
from pathlib import Path

from dispatch_server.archive.model import State, Trouble
from dispatch_server.archive.seals.model import RecordingSealed, Trust
from dispatch_server.archive.seals.verify import verify_recording
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig
from tests.integration.archive.seal_rig import recorded, troubles, with_seals

API = "/api/v1/recordings"
DAY_S = 86_400


def flip_last(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


async def test_a_closed_recording_is_sealed_and_proved(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    found = verify_recording(folder, Trust(evidence=room.seals.keys.public))
    assert (found.faults, found.proved, found.standing) == ([], True, "sealed")
    (event,) = rig.of(RecordingSealed)
    assert (event.recording_id, event.department, event.source) == (folder.name, DEPARTMENT, SOURCE)
    (act,) = rig.ledger.of("recording.seal")
    assert (act.subject, act.detail["key"]) == (f"recording:{folder.name}", room.seals.keys.thumbprint)
    async with rig.client() as client:
        detail = (await client.get(f"{API}/{folder.name}")).json()
        assert (detail["state"], detail["seal_key"], detail["damage"]) == ("sealed", room.seals.keys.thumbprint, "")
        proof = (await client.get(f"{API}/{folder.name}/proof")).json()
        assert (proof["key"]["kid"], proof["seal"]["fragments"]) == (room.seals.keys.thumbprint, 3)
    await room.seals.round()
    assert len(rig.of(RecordingSealed)) == 1 and rig.reports == []


async def test_a_proof_is_shown_to_its_own_department_only(rig: Rig) -> None:
    room = with_seals(rig)
    folder = await recorded(rig, department="county/marketing")
    await room.seals.round()
    async with rig.client("market") as client:
        assert (await client.get(f"{API}/{folder.name}/proof")).status_code == 404
    async with rig.client("officer") as client:
        assert (await client.get(f"{API}/{folder.name}/proof")).status_code == 403


async def test_recordings_of_before_are_sealed_too_and_one_without_a_folder_stops_nothing(rig: Rig) -> None:
    first = await rig.start("stream-9")
    await rig.end("stream-9")  # nothing came: there is no folder
    folders = [await recorded(rig, 1, f"stream-{number}") for number in range(4)]
    room = with_seals(rig, page=2)
    await room.seals.round()
    assert all((folder / "seal.json").exists() for folder in folders)
    kept = await rig.room.catalog.store.find(first)
    assert kept is not None and kept.state is State.CLOSED


async def test_with_the_setting_an_sm3_chain_stands_beside(rig: Rig) -> None:
    room, folder = with_seals(rig, with_sm3=True), await recorded(rig)
    await room.seals.round()
    assert (folder / "000001.sm3").read_bytes().count(b"\n") == (folder / "000001.jsonl").read_bytes().count(b"\n")
    found = verify_recording(folder, Trust(evidence=room.seals.keys.public))
    assert found.is_whole and found.seal is not None and len(found.seal.sm3) == 64


async def test_damage_before_the_seal_is_sealed_as_damage_and_told(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    flip_last(folder / "000001.mp4")
    await room.seals.round()
    (trouble,) = troubles(rig)
    assert (trouble.trouble, trouble.subject, trouble.begins) == (Trouble.DAMAGED, folder.name, True)
    assert "segment 1, fragment 3" in trouble.detail
    found = verify_recording(folder, Trust(evidence=room.seals.keys.public))
    assert [fault.place.fragment for fault in found.faults] == [3] and found.proved
    (segment,) = await rig.room.catalog.store.segments_of(folder.name)
    assert segment.suspect


async def test_what_is_sealed_is_read_again_in_time_and_a_difference_is_told_once(rig: Rig) -> None:
    room, folder = with_seals(rig, scrub_days=30), await recorded(rig)
    await room.seals.round()
    assert not await room.scrub.one()  # it was only just read
    rig.world.pass_s(16 * DAY_S)
    assert await room.scrub.one() and not await room.scrub.one()
    assert troubles(rig) == []
    flip_last(folder / "000001.mp4")
    for _ in range(2):
        rig.world.pass_s(16 * DAY_S)
        assert await room.scrub.one()
    (begun,) = troubles(rig)
    assert (begun.trouble, begun.begins) == (Trouble.DAMAGED, True)
    async with rig.client() as client:
        detail = (await client.get(f"{API}/{folder.name}")).json()
        assert "fragment 3" in detail["damage"] and detail["scrubbed_utc_us"] == rig.world.utc
    await room.seals.round()
    assert room.seals.damaged == 1
    flip_last(folder / "000001.mp4")
    rig.world.pass_s(16 * DAY_S)
    await room.scrub.one()
    assert [event.begins for event in troubles(rig)] == [True, False]


async def test_a_seal_that_was_written_over_is_told_as_such(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    text = (folder / "seal.json").read_text().replace('"fragments": 3', '"fragments": 2')
    (folder / "seal.json").write_text(text)
    rig.world.pass_s(16 * DAY_S)
    await room.scrub.one()
    (begun,) = troubles(rig)
    assert (begun.trouble, begun.subject) == (Trouble.SEAL_BROKEN, folder.name)


async def test_reading_stands_back_while_the_recorder_waits_for_the_disk(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    waits = iter([1 << 30, 0, 0, 0, 0, 0, 0])
    room.seals.reader.queued = lambda: next(waits)
    await room.seals.round()
    assert room.seals.reader.stood_back == 1 and (folder / "seal.json").exists()


async def test_the_whole_archive_is_read_within_its_days(rig: Rig) -> None:
    """What rests for half of the time is read in the other half."""
    room = with_seals(rig, scrub_days=10)
    room.seals.kept_bytes = 100 << 40
    assert 0.5 * 10 * DAY_S + room.seals.kept_bytes / room.scrub.bytes_s() < 10 * DAY_S
    room.seals.kept_bytes = 0
    assert room.scrub.bytes_s() == room.seals.limits.least_scrub_bytes_s


async def test_reading_keeps_to_its_rate(rig: Rig) -> None:
    """By the reader's own clock, which the test stops: every byte then costs its full time."""
    room, begun = with_seals(rig, step_bytes=1000), time.monotonic()
    await room.seals.reader.run(iter([1000] * 10), bytes_s=50_000)
    assert time.monotonic() - begun >= 0.2 and room.seals.reader.bytes_read == 10_000


async def test_what_was_damaged_before_a_restart_is_told_again(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    flip_last(folder / "000001.mp4")
    await room.seals.round()
    rig.events.clear()
    await with_seals(rig).scrub.tell_old()
    (begun,) = troubles(rig)
    assert (begun.trouble, begun.subject, begun.begins) == (Trouble.DAMAGED, folder.name, True)
