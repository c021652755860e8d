"""A master that was rewritten whole, by whatever key, is not the one that its terminal announced (E1)."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive import folders
from dispatch_server.archive.seals.assembly import SealRoom
from dispatch_server.archive.seals.evidence_key import jwk_of, thumbprint_of
from dispatch_server.archive.seals.model import Findings, Kind, Trust
from dispatch_server.archive.seals.verify import SEAL, verify_recording
from dispatch_server.archive.uploads.device_key import FILE, write_device_key
from dispatch_server.protocol.seals import PublicKey, card_digest, content_digest, read_seal, signature_of, write_seal
from tests.integration.archive.masters import DEVICE, DEVICE_KEY, Master
from tests.integration.archive.seal_rig import with_seals
from tests.integration.archive.tampering import fork
from tests.integration.archive.upload_rig import UploadRig, upload_rig

OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
OTHER_KEY = thumbprint_of(jwk_of(OTHER.public_key()))


class Register:
    """Of each terminal, the oldest key first."""

    def __init__(self, **keys: dict[str, PublicKey]) -> None:
        self.keys = keys

    async def keys_of(self, terminal: str) -> dict[str, PublicKey]:
        return self.keys.get(terminal, {})


@pytest.fixture
async def uploads(tmp_path: Path) -> AsyncIterator[UploadRig]:
    async with upload_rig(tmp_path) as made:
        yield made


async def kept(uploads: UploadRig, master: Master, *numbers: int, says: bool = True) -> Path:
    """Announced, ended, and of it these segments sent; its folder. `says`: the seal tells of card and end."""
    await uploads.announce(master)
    said = {"card": card_digest(master.card_json()), "end": content_digest(master.end)} if says else {}
    path = f"/api/v1/terminal/masters/{master.id}/end"
    answer = await uploads.ask("PUT", path, json=master.end_json(**said))
    assert answer.status_code == 200, answer.text
    for number in numbers or sorted(master.indexes):
        assert (await uploads.send(master, number)).status_code == 204
    (place,) = uploads.rig.roots[0].glob(f"*/*/*/{master.id}")
    return place


def seals_of(uploads: UploadRig) -> SealRoom:
    room = with_seals(uploads.rig)
    room.reading.devices = Register(T1301={DEVICE_KEY: DEVICE.public_key()})
    return room


async def read(uploads: UploadRig, room: SealRoom, folder: Path) -> Findings:
    recording = await uploads.rig.room.catalog.store.find(folder.name)
    assert recording is not None
    return await room.scrub.read(recording)


def forge(folder: Path, key: Ed25519PrivateKey, seed: int = 1) -> None:
    """Other bytes, a chain that holds, card, end and seal to it, by this key."""
    import random

    fork(folder, random.Random(seed))
    name = thumbprint_of(jwk_of(key.public_key()))
    card = replace(folders.read_card(folder / folders.CARD), device_key=name)
    (folder / folders.CARD).write_bytes(folders.write_card(card))
    end = folders.read_end(folder / folders.END)
    assert end is not None
    made = read_seal((folder / SEAL).read_bytes())
    made = replace(made, chain=end.chain, key=name, signature="")
    made = replace(made, card=card_digest({"format": 1} | asdict(card)), end=content_digest(asdict(end)))
    (folder / SEAL).write_bytes(write_seal(replace(made, signature=signature_of(made, key))))
    (folder / FILE).write_bytes(write_device_key(key.public_key()))


async def test_an_untouched_master_is_proved(uploads: UploadRig) -> None:
    room, folder = seals_of(uploads), await kept(uploads, uploads.master())
    found = await read(uploads, room, folder)
    assert (found.faults, found.notes, found.proved) == ([], [], True)
    row = await room.seals.rows.find(folder.name)
    assert row is not None and row.key == DEVICE_KEY


@pytest.mark.parametrize("key", [OTHER, DEVICE])
async def test_a_master_that_was_made_anew_is_found(uploads: UploadRig, key: Ed25519PrivateKey) -> None:
    """Even with the device's own key: its chain is on record since it was announced, and since each receipt."""
    room, folder = seals_of(uploads), await kept(uploads, uploads.master())
    forge(folder, key)
    alone = verify_recording(folder, Trust(evidence=room.seals.keys.public))
    assert alone.is_whole  # protection off: the folder agrees with itself
    said = [fault.said() for fault in (await read(uploads, room, folder)).faults]
    assert "its seal is not the one that is on record" in said, said
    assert any("its chain is not the one that was announced" in one for one in said), said
    assert any("a key that is not known" in one for one in said) is (key is OTHER)


async def test_before_a_seal_is_on_record_the_announced_chains_are(uploads: UploadRig) -> None:
    """Rows of an earlier version have no seal of a master."""
    room, folder = seals_of(uploads), await kept(uploads, uploads.master())
    row = await room.seals.rows.find(folder.name)
    assert row is not None
    await room.seals.rows.put(replace(row, key="", chain="", sealed_utc_us=0))
    assert (await read(uploads, room, folder)).is_whole
    forge(folder, DEVICE)
    assert [fault.kind for fault in (await read(uploads, room, folder)).faults] == [Kind.CHAIN]


@pytest.mark.parametrize(
    ("name", "change", "kind"),
    [
        (folders.CARD, {"enforcement": "E-2"}, Kind.CARD),
        (folders.CARD, {"clock_offset_us": 5}, Kind.CARD),
        (folders.CARD, {"department": "14"}, Kind.CARD),
        (folders.END, {"reason": "forged"}, Kind.END),
        (folders.END, {"closed_utc_us": 1}, Kind.END),
    ],
)
@pytest.mark.parametrize("says", [True, False])
async def test_card_and_end_are_the_ones_that_were_given(
    uploads: UploadRig, name: str, change: dict[str, object], kind: Kind, says: bool
) -> None:
    """Also of a device whose seal says nothing of them, which proves less and is told so."""
    room, folder = seals_of(uploads), await kept(uploads, uploads.master(), says=says)
    before = await read(uploads, room, folder)
    assert before.is_whole and before.proved is says and len(before.notes) == (0 if says else 2)
    plain = json.loads((folder / name).read_bytes()) | change
    (folder / name).write_text(json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    assert {fault.kind for fault in (await read(uploads, room, folder)).faults} == {kind}
    alone = verify_recording(folder, Trust(devices={DEVICE_KEY: DEVICE.public_key()}))
    assert alone.proved is says and alone.is_whole is (not says or "department" in change)


async def test_a_segment_that_is_taken_away_whole_is_missed(uploads: UploadRig) -> None:
    room, folder = seals_of(uploads), await kept(uploads, uploads.master())
    for path in folder.glob("000001.*"):
        path.unlink()
    said = [fault.said() for fault in (await read(uploads, room, folder)).faults]
    assert "segment 1: it came and had a receipt, and is gone" in said


async def test_what_is_still_to_come_is_no_damage_and_is_named(uploads: UploadRig) -> None:
    master = uploads.master()
    room, folder = seals_of(uploads), await kept(uploads, master, 2)
    found = await read(uploads, room, folder)
    assert (found.faults, found.lacking) == ([], [1]) and "still to come: 1" in found.notes[0]
    media = folder / "000002.mp4"
    media.write_bytes(media.read_bytes()[:-1] + b"?")
    assert [fault.kind for fault in (await read(uploads, room, folder)).faults] == [Kind.MEDIA]
    assert (await uploads.send(master, 1)).status_code == 204
    assert (await read(uploads, room, folder)).lacking == []


async def test_a_later_key_of_the_same_terminal_may_have_sealed_it(uploads: UploadRig) -> None:
    """The device stopped, its key was rolled over, and then it sealed what was left."""
    master = uploads.master()
    uploads.keys.known["T1301", OTHER_KEY] = OTHER.public_key()
    await uploads.announce(master)
    said = {"card": card_digest(master.card_json()), "end": content_digest(master.end)}
    path = f"/api/v1/terminal/masters/{master.id}/end"
    answer = await uploads.ask("PUT", path, json=master.end_json(key=OTHER, **said))
    assert answer.status_code == 200, answer.text
    for number in master.indexes:
        await uploads.send(master, number)
    (folder,) = uploads.rig.roots[0].glob(f"*/*/*/{master.id}")
    room, both = seals_of(uploads), {DEVICE_KEY: DEVICE.public_key(), OTHER_KEY: OTHER.public_key()}
    room.reading.devices = Register(T1301=both)
    found = await read(uploads, room, folder)
    assert (found.faults, found.proved) == ([], True)
    room.reading.devices = Register(T1301=dict(reversed(both.items())))  # an earlier key cannot have followed
    assert [fault.kind for fault in (await read(uploads, room, folder)).faults] == [Kind.SEAL]
    alone = verify_recording(folder, Trust(devices=both))
    assert alone.is_whole and not alone.proved and "the register says" in alone.notes[0]
    assert not verify_recording(folder, Trust(devices={OTHER_KEY: OTHER.public_key()})).is_whole
