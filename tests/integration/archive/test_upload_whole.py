"""The whole way of a master: registered, indexed, uploaded, kept, receipted, ended; and then it plays and verifies."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch_server.archive.folders import folder_of, read_card, write_card
from dispatch_server.archive.model import State
from dispatch_server.archive.reading import chain_problems, read_recording, rows_of
from dispatch_server.archive.seals.model import Kind, Trust
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.archive.uploads.model import MasterEnded, SegmentBackfilled
from dispatch_server.protocol.masters import FootageKey, Receipt, is_signed
from dispatch_server.protocol.seals import card_digest, content_digest
from tests.integration.archive.masters import DEVICE, DEVICE_KEY
from tests.integration.archive.upload_rig import EVIDENCE, FOOTAGE, UploadRig, upload_rig


@pytest.fixture
async def uploads(tmp_path: Path) -> AsyncIterator[UploadRig]:
    async with upload_rig(tmp_path) as uploads:
        yield uploads


async def test_the_footage_key_is_vouched_for_by_the_evidence_key(uploads: UploadRig) -> None:
    answer = await uploads.ask("GET", "/api/v1/terminal/footage-key")
    given = FootageKey.model_validate(answer.json())
    assert is_signed(given, EVIDENCE.public)
    assert (given.public_key, given.key_id) == (FOOTAGE.public_key, FOOTAGE.thumbprint)
    assert (await uploads.ask("GET", "/api/v1/terminal/footage-key", "nobody")).status_code == 401


async def test_a_master_is_kept_receipted_and_sealed(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master)
    standing = await uploads.standing(master)
    assert (standing["state"], standing["receipts"]) == ("open", [])
    assert standing["wanted"] == sorted(master.indexes, reverse=True)  # nothing else was kept: the newest first
    for number in standing["wanted"]:
        answer = await uploads.send(master, number)
        assert answer.status_code == 204, answer.text
    ended = await uploads.ask("PUT", f"/api/v1/terminal/masters/{master.id}/end", json=master.end_json())
    assert ended.status_code == 200, ended.text
    standing = await uploads.standing(master)
    assert (standing["state"], standing["wanted"], standing["uploads"]) == ("sealed", [], [])
    for plain in standing["receipts"]:
        receipt = Receipt.model_validate(plain)
        assert is_signed(receipt, EVIDENCE.public) and receipt.key_id == EVIDENCE.thumbprint
        assert receipt.bytes == len(master.plain[receipt.segment])
    _check_the_folder(uploads, master.id)
    backfilled = uploads.rig.of(SegmentBackfilled)
    assert sorted(event.number for event in backfilled) == sorted(master.indexes)
    assert uploads.rig.of(MasterEnded)[0].is_sealed
    acts = [act.detail.get("happening") or act.detail.get("segment") for act in uploads.rig.ledger.acts]
    assert acts == ["registered", *sorted(master.indexes, reverse=True), "sealed"]


def _check_the_folder(uploads: UploadRig, recording_id: str) -> None:
    root = uploads.rig.roots[0]
    (place,) = root.glob(f"*/*/*/{recording_id}")
    card = read_card(place / "recording.json")
    assert place == root / folder_of(card)
    kept = read_recording([root], card, whole=True)
    assert chain_problems(kept) == [] and kept.end is not None
    assert not any(one.suspect for one in kept.segments)
    assert list((root / "uploads").rglob("*.*")) == []


async def test_the_rows_are_those_that_the_folder_gives(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master)
    for number in (2, 1, *sorted(master.indexes)[2:]):
        assert (await uploads.send(master, number)).status_code == 204
    await uploads.ask("PUT", f"/api/v1/terminal/masters/{master.id}/end", json=master.end_json())
    store = uploads.rig.room.catalog.store
    row = await store.find(master.id)
    assert row is not None and row.state is State.SEALED
    found, segments = rows_of(read_recording(uploads.rig.roots, row.card))
    assert await store.segments_of(master.id) == segments
    for name in ("fragments", "bytes", "kept_us", "gaps", "ended_utc_us", "closed_utc_us", "reason"):
        assert getattr(row, name) == getattr(found, name), name
    client = uploads.rig.client()
    await uploads.rig.view(client, master.id)
    playlist = await client.get(f"/api/v1/recordings/{master.id}/playlist.m3u8")
    assert playlist.status_code == 200 and "#EXT-X-ENDLIST" in playlist.text


async def test_everything_may_be_said_twice(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master)
    await uploads.announce(master)
    await uploads.send(master, 1)
    before = await uploads.standing(master)
    again = await uploads.create(master, 1)
    assert (again.status_code, again.json()["code"]) == (409, "segment_kept")
    address, body = f"/api/v1/terminal/masters/{master.id}/end", master.end_json()
    for _ in range(2):
        assert (await uploads.ask("PUT", address, json=body)).status_code == 200
    assert (await uploads.send(master, 2)).status_code == 204  # the seal covered it already
    after = await uploads.standing(master)
    assert [one for one in after["receipts"] if one["segment"] == 1] == before["receipts"]


async def test_a_server_that_stops_keeps_a_master_open(uploads: UploadRig) -> None:
    """What is only being uploaded is not closed at the next start."""
    master = uploads.master()
    await uploads.announce(master)
    await uploads.send(master, 1)
    await uploads.rig.room.upkeep.recover()
    assert (await uploads.standing(master))["state"] == "open"
    assert not list(uploads.rig.roots[0].glob(f"*/*/*/{master.id}/closed.json"))
    assert (await uploads.send(master, 2)).status_code == 204


async def test_what_a_seal_says_of_card_and_end_is_proved_here_too(uploads: UploadRig) -> None:
    """The department is written in by the register: a device that knows of none seals its card all the same."""
    master = uploads.master()
    master.card = replace(master.card, department="")
    said = {"card": card_digest(master.card_json()), "end": content_digest(master.end)}
    await uploads.announce(master)
    for wrong in ({"card": said["end"]}, {"end": said["card"]}):
        answer = await uploads.ask(
            "PUT", f"/api/v1/terminal/masters/{master.id}/end", json=master.end_json(**said | wrong)
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "seal_refused"), answer.text
    for number in master.indexes:
        assert (await uploads.send(master, number)).status_code == 204
    path = f"/api/v1/terminal/masters/{master.id}/end"
    assert (await uploads.ask("PUT", path, json=master.end_json(**said))).status_code == 200
    (place,) = uploads.rig.roots[0].glob(f"*/*/*/{master.id}")
    kept = read_card(place / "recording.json")
    assert kept.department == "13"
    trust = Trust(devices={DEVICE_KEY: DEVICE.public_key()})
    found = verify_recording(place, trust)
    assert (found.faults, found.notes, found.proved) == ([], [], True)
    (place / "recording.json").write_bytes(write_card(replace(kept, clock_offset_us=5)))
    assert [fault.kind for fault in verify_recording(place, trust).faults] == [Kind.CARD]
