"""One upload's life with the power cut at a given operation, and what is wrong with what was told before."""

import hashlib
from contextlib import suppress
from pathlib import Path

from dispatch_server.archive.reading import read_recording
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.protocol.masters import Receipt, is_signed
from tests.integration.archive.masters import Master, make_master
from tests.integration.archive.upload_disks import CrashDisk, PowerCut
from tests.integration.archive.upload_rig import EVIDENCE, FOOTAGE, UploadRig, upload_rig

CHUNK = 6_000
LIMITS = UploadLimits(piece_bytes=2_000, sync_bytes=4_000)


async def live(folder: Path, master: Master, disk: CrashDisk) -> dict[str, object]:
    """What the terminal was told: whether the upload is there, its offset, the receipt."""
    told: dict[str, object] = {}
    with suppress(PowerCut):  # already at the start
        await _live(folder, master, disk, told)
    disk.crash()
    return told


async def _live(folder: Path, master: Master, disk: CrashDisk, told: dict[str, object]) -> None:
    async with upload_rig(folder, LIMITS, disk) as uploads:
        try:
            await uploads.announce(master)
            place = await uploads.begun(master, 1)
            told["place"] = place
            data = master.sealed[1]
            for at in range(0, len(data), CHUNK):
                # Without a checksum what came of a chunk counts; the first has one.
                answer = await uploads.patch(place, at, data[at : at + CHUNK], checked=at == 0)
                if answer.status_code != 204:
                    break
                told["offset"] = int(answer.headers["upload-offset"])
            standing = await uploads.ask("GET", f"/api/v1/terminal/masters/{master.id}")
            if standing.status_code == 200:
                told["receipts"] = standing.json()["receipts"]
        except (PowerCut, AssertionError):
            pass
        disk.cut_at = 1  # nothing more reaches it


async def faults_after(folder: Path, master: Master, told: dict[str, object]) -> list[str]:
    """Start again over what the disk holds, and let the terminal go on."""
    faults = []
    async with upload_rig(folder, LIMITS) as uploads:
        await uploads.part.upkeep.round()
        receipts = told.get("receipts")
        if receipts:
            if _kept_badly(uploads, master):
                faults.append("there is a receipt, and the segment is not kept")
            return faults
        place = str(told.get("place", ""))
        if place:
            answer = await uploads.tus("HEAD", place)
            offset = int(answer.headers.get("upload-offset", -1))
            done = (await uploads.standing(master))["receipts"] if answer.status_code != 200 else []
            if answer.status_code != 200 and not done:
                faults.append("the upload is gone")
            if answer.status_code == 200 and offset < int(str(told.get("offset", 0))):
                faults.append(f"{told['offset']} was told, {offset} is there")
        await _go_on(uploads, master)
        receipt = next(iter((await uploads.standing(master))["receipts"]), None)
        if (
            receipt is None
            or not is_signed(Receipt.model_validate(receipt), EVIDENCE.public)
            or _kept_badly(uploads, master)
        ):
            faults.append("the segment is not kept in the end")
    return faults


async def _go_on(uploads: UploadRig, master: Master) -> None:
    await uploads.announce(master)
    if 1 not in (await uploads.standing(master))["wanted"]:
        return
    place, data = await uploads.begun(master, 1), master.sealed[1]
    offset = await uploads.offset(place)
    if offset < len(data):
        answer = await uploads.patch(place, offset, data[offset:])
        assert answer.status_code == 204, answer.text
    else:
        await uploads.part.upkeep.round()


def _kept_badly(uploads: UploadRig, master: Master) -> bool:
    kept = read_recording(uploads.rig.roots, master.card, whole=True)
    found = [one for one in kept.segments if one.number == 1]
    if not found or found[0].suspect:
        return True
    return hashlib.sha256(found[0].media.read_bytes()).digest() != hashlib.sha256(master.plain[1]).digest()


def a_master(folder: Path) -> Master:
    return make_master(folder / "device", FOOTAGE.private.public_key())
