"""H5: terminals that speak tus wrongly, on purpose or not; each refusal has its status, and the upload stays sound."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect

from dispatch_server.archive.space import Level
from dispatch_server.archive.uploads import intake
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.model import UploadRejected
from tests.integration.archive.masters import Master, sealed
from tests.integration.archive.upload_rig import CHUNK, FOOTAGE, UploadRig, upload_rig

LIMITS = UploadLimits(
    uploads_of_terminal=2, uploads=3, upload_bytes=10 << 20, checked_chunk_bytes=1 << 20, expires_s=3600.0
)
OTHER = "01976b3c-0000-7000-8000-00000000000b"


@pytest.fixture
async def uploads(tmp_path: Path) -> AsyncIterator[UploadRig]:
    async with upload_rig(tmp_path, LIMITS) as uploads:
        yield uploads


@pytest.fixture
async def master(uploads: UploadRig) -> Master:
    master = uploads.master()
    await uploads.announce(master)
    return master


async def test_options_say_what_is_spoken(uploads: UploadRig) -> None:
    answer = await uploads.ask("OPTIONS", "/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-extension"] == "creation,checksum,expiration,termination"
    assert (answer.headers["tus-version"], answer.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert (answer.headers["tus-checksum-algorithm"], answer.headers["tus-max-size"]) == ("sha256", str(10 << 20))


async def test_another_version_is_refused(uploads: UploadRig, master: Master) -> None:
    place = await uploads.begun(master, 1)
    for method in ("HEAD", "PATCH", "DELETE"):
        answer = await uploads.ask(method, place, headers={"Tus-Resumable": "0.2.2"})
        assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
    assert (await uploads.ask("POST", "/api/v1/uploads")).status_code == 412
    assert await uploads.offset(place) == 0


async def test_a_wrong_offset_changes_nothing(uploads: UploadRig, master: Master) -> None:
    place, data = await uploads.begun(master, 1), master.sealed[1]
    await uploads.patch(place, 0, data[:1000])
    for offset in (0, 999, 1001, len(data)):
        answer = await uploads.patch(place, offset, data[:10])
        assert (answer.status_code, answer.json()["code"]) == (409, "offset_wrong")
    for words in ("-1", "+1000", "1e3", " 1000", "1000.0", "0x3e8", "", "9" * 40):
        answer = await uploads.tus("PATCH", place, CHUNK | {"Upload-Offset": words}, content=b"x")
        assert answer.status_code == 400, words
    assert await uploads.offset(place) == 1000


async def test_a_wrong_checksum_is_460_and_nothing_of_it_stays(uploads: UploadRig, master: Master) -> None:
    place, data = await uploads.begun(master, 1), master.sealed[1]
    wrong = {"Upload-Checksum": f"sha256 {base64.b64encode(bytes(32)).decode()}"}
    answer = await uploads.patch(place, 0, data[:5000], headers=wrong)
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_wrong")
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert await uploads.offset(place) == 0
    for words in ("md5 AAAA", "sha256 AAAA", "sha256", "sha256 ***", "SHA256 x"):
        assert (await uploads.patch(place, 0, b"x", headers={"Upload-Checksum": words})).status_code == 400
    assert (await uploads.patch(place, 0, data, checked=True)).status_code == 204


async def test_more_than_was_announced_is_413(uploads: UploadRig, master: Master) -> None:
    place, data = await uploads.begun(master, 1), master.sealed[1]
    assert (await uploads.patch(place, 0, data + b"x")).status_code == 413

    async def without_length() -> AsyncIterator[bytes]:
        for at in range(0, len(data) + 1, 7000):
            yield (data + b"x")[at : at + 7000]

    answer = await uploads.tus("PATCH", place, CHUNK | {"Upload-Offset": "0"}, content=without_length())
    assert answer.status_code == 413
    assert await uploads.offset(place) == 0
    assert (await uploads.create(master, 2, length=(10 << 20) + 1)).status_code == 413
    assert (await uploads.create(master, 2, length=10)).status_code == 400


async def test_another_content_type_is_415(uploads: UploadRig, master: Master) -> None:
    place = await uploads.begun(master, 1)
    for kind in ("application/octet-stream", "text/plain", ""):
        answer = await uploads.patch(place, 0, b"x", headers={"Content-Type": kind})
        assert answer.status_code == 415


async def test_a_second_patch_meanwhile_is_423(uploads: UploadRig, master: Master) -> None:
    place, data = await uploads.begun(master, 1), master.sealed[1]
    begun, go = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield data[:1000]
        begun.set()
        await go.wait()
        yield data[1000:2000]

    first = asyncio.create_task(uploads.tus("PATCH", place, CHUNK | {"Upload-Offset": "0"}, content=slowly()))
    await begun.wait()
    second = await uploads.patch(place, 0, data[:10])
    assert (second.status_code, second.headers["retry-after"]) == (423, "1")
    assert (await uploads.tus("DELETE", place)).status_code == 423
    go.set()
    assert (await first).status_code == 204
    assert await uploads.offset(place) == 2000


@pytest.mark.parametrize("checked", [False, True])
async def test_what_came_of_a_broken_connection_counts_unless_only_the_whole_can_be_checked(
    uploads: UploadRig, master: Master, checked: bool
) -> None:
    place, data = await uploads.begun(master, 1), master.sealed[1]
    upload = uploads.part.desk.uploads[place.rpartition("/")[2]]

    async def broken() -> AsyncIterator[bytes]:
        yield data[:3000]
        yield data[3000:5000]
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        await uploads.part.desk.receive(upload, 0, broken(), bytes(32) if checked else None, None)
    assert await uploads.offset(place) == (0 if checked else 5000)
    offset = await uploads.offset(place)
    assert (await uploads.patch(place, offset, data[offset:], checked=True)).status_code == 204
    assert len((await uploads.standing(master))["receipts"]) == 1


async def test_what_was_withdrawn_or_expired_is_gone(uploads: UploadRig, master: Master) -> None:
    first, second = await uploads.begun(master, 1), await uploads.begun(master, 2)
    assert (await uploads.tus("DELETE", first)).status_code == 204
    uploads.rig.world.pass_s(3601)
    assert await uploads.part.desk.sweep() == 1
    for place in (first, second):
        for method in ("HEAD", "DELETE"):
            assert (await uploads.tus(method, place)).status_code == 410
        assert (await uploads.patch(place, 0, b"x")).status_code == 410
    assert list(uploads.part.desk.spool.folder.glob("*.*")) == []
    assert (await uploads.send(master, 1)).status_code == 204  # a new one


async def test_another_terminals_upload_and_master_are_not_there(uploads: UploadRig, master: Master) -> None:
    place, data = await uploads.begun(master, 1), master.sealed[1]
    unknown = "/api/v1/uploads/" + "0" * 32
    for method in ("HEAD", "DELETE"):
        foreign = await uploads.tus(method, place, terminal="T1302")
        absent = await uploads.tus(method, unknown)
        assert foreign.status_code == absent.status_code == 404
    foreign = await uploads.patch(place, 0, data, terminal="T1302")
    absent = await uploads.patch(unknown, 0, data)
    assert foreign.status_code == 404
    assert {k: v for k, v in foreign.json().items() if k != "instance"} == {
        k: v for k, v in absent.json().items() if k != "instance"
    }
    assert (await uploads.create(master, 2, terminal="T1302")).status_code == 404
    address = f"/api/v1/terminal/masters/{master.id}"
    assert (await uploads.ask("GET", address, "T1302")).status_code == 404
    assert (await uploads.ask("PUT", f"{address}/end", "T1302", json=master.end_json())).status_code == 404
    assert (await uploads.ask("PUT", address, "T1302", json=master.card_json())).status_code == 404
    assert (await uploads.tus("HEAD", place, terminal="nobody")).status_code == 401


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "recording",
        "recording !!!!,segment MQ==",
        "segment MQ==",
        "recording Li4vLi4vLi4vZXRjL3Bhc3N3ZA==,segment MQ==",  # ../../../etc/passwd
        "recording MDE5NzZiM2MtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDBh,segment Li4vMQ==",
        "recording MDE5NzZiM2MtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDBh,segment MA==",
        "recording MDE5NzZiM2MtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDBh,segment MQ==,segment MQ==",
        ",".join(f"n{n} MQ==" for n in range(9)),
        "recording " + "A" * 5000,
        "a 4pyT,recording 4pyT",
        "\x00 MQ==",
    ],
)
async def test_metadata_that_is_none_is_refused(uploads: UploadRig, master: Master, metadata: str) -> None:
    headers = {"Upload-Length": "1000", "Upload-Metadata": metadata}
    answer = await uploads.tus("POST", "/api/v1/uploads", headers)
    assert answer.status_code == 400
    assert uploads.part.desk.uploads == {}


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "0" * 31, "A" * 32, "0" * 33, ".." * 16, "%00" * 32])
async def test_an_identity_that_is_none_names_nothing(uploads: UploadRig, master: Master, name: str) -> None:
    for method in ("HEAD", "DELETE"):
        assert (await uploads.tus(method, f"/api/v1/uploads/{name}")).status_code in (404, 405, 422)


async def test_quotas_and_a_full_disk_refuse_new_uploads_alone(uploads: UploadRig, master: Master) -> None:
    place = await uploads.begun(master, 1)
    uploads.rig.room.archive.space.levels[0] = Level.REFUSE
    answer = await uploads.create(master, 2)
    assert (answer.status_code, answer.headers["retry-after"]) == (507, "300")
    assert (await uploads.patch(place, 0, master.sealed[1][:100])).status_code == 204
    uploads.rig.room.archive.space.levels[0] = Level.STOP
    assert (await uploads.patch(place, 100, master.sealed[1][100:200])).status_code == 507
    uploads.rig.room.archive.space.levels[0] = Level.FINE
    again = await uploads.create(master, 1)
    assert (again.status_code, again.headers["location"]) == (201, place)  # the same one goes on
    await uploads.begun(master, 2)
    other = uploads.master(identity=OTHER)
    await uploads.announce(other)
    answer = await uploads.create(other, 1)
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_reached")


async def test_wrong_content_is_rejected_and_told(uploads: UploadRig, master: Master) -> None:
    data = bytearray(master.sealed[1])
    data[-20] ^= 1
    place = await uploads.begun(master, 1)
    answer = await uploads.patch(place, 0, bytes(data))
    assert (answer.status_code, answer.json()["code"]) == (400, "footage_refused")
    assert (await uploads.tus("HEAD", place)).status_code == 410
    assert [event.number for event in uploads.rig.of(UploadRejected)] == [1]
    assert uploads.part.desk.counters.rejected == 1
    assert list(uploads.rig.roots[0].glob(f"*/*/*/{master.id}/0*")) == []
    assert (await uploads.standing(master))["receipts"] == []
    assert (await uploads.send(master, 1)).status_code == 204


async def test_other_footage_well_sealed_is_rejected_by_its_digests(
    uploads: UploadRig, master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with the check of digests left out it would be kept: the harness sees that."""
    plain = bytearray(master.plain[1])
    plain[-50] ^= 1
    forged = sealed(master.id, 1, master.indexes[1], bytes(plain), FOOTAGE.private.public_key(), seed=9)
    master.sealed[1] = forged
    assert (await uploads.send(master, 1)).json()["code"] == "footage_refused"
    assert (await uploads.standing(master))["receipts"] == []
    monkeypatch.setattr(intake, "differs", lambda *_: False)
    assert (await uploads.send(master, 1)).status_code == 204
    assert len((await uploads.standing(master))["receipts"]) == 1
