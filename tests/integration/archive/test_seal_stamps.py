"""Seals with an outside authority's time: one that is away is told once and asked again, and sealing waits for none."""

import shutil
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificates

from dispatch_server.archive.model import Trouble
from dispatch_server.archive.seals.model import Kind, Trust
from dispatch_server.archive.seals.stamps import Stamps
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.runtime.stamping import Way
from tests.integration.archive.rig import Rig
from tests.integration.archive.seal_rig import recorded, troubles, with_seals
from tests.integration.audit.outside import STAMP_USE, authority, host, papers

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl ts is the authority")


async def test_a_seal_is_stamped_and_anybody_can_check_it(rig: Rig, tmp_path: Path) -> None:
    by, stranger = papers(tmp_path / "a", STAMP_USE), papers(tmp_path / "b", STAMP_USE)
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    with host(authority(tmp_path, by)) as url:
        stamps = Stamps(room.seals, Way(url, 20), str(by.root))
        assert await stamps.round() and await stamps.round()
    assert stamps.stamped == 1
    keys = room.seals.keys.public
    roots, others = (tuple(load_pem_x509_certificates(one.root.read_bytes())) for one in (by, stranger))
    found = verify_recording(folder, Trust(keys, roots=roots))
    kept = await room.seals.rows.find(folder.name)
    assert found.is_whole and kept is not None and kept.stamped_utc_us == found.timestamp_utc_us
    assert [one.kind for one in verify_recording(folder, Trust(keys, roots=others)).faults] == [Kind.TIMESTAMP]
    unrooted = verify_recording(folder, Trust(keys))
    assert unrooted.is_whole and unrooted.notes == [
        "the authority of the time stamp was not looked at: no root was given"
    ]
    second = await recorded(rig, 1, "stream-2")
    await room.seals.round()
    (second / "seal.tsr").write_bytes((folder / "seal.tsr").read_bytes())
    for trust in (Trust(keys), Trust(keys, roots=roots)):
        assert [one.kind for one in verify_recording(second, trust).faults] == [Kind.TIMESTAMP]


async def test_an_authority_that_is_away_blocks_nothing_and_is_told_once(rig: Rig, tmp_path: Path) -> None:
    by = papers(tmp_path / "a", STAMP_USE)
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    stamps = Stamps(room.seals, Way("http://127.0.0.1:9", 1), str(by.root))
    assert not await stamps.round() and not await stamps.round()
    (begun,) = troubles(rig)
    assert (begun.trouble, begun.begins) == (Trouble.STAMPS_AWAY, True)
    assert (folder / "seal.json").exists() and not (folder / "seal.tsr").exists()
    with host(authority(tmp_path, by)) as url:
        stamps.way = Way(url, 20)
        assert await stamps.round()
    assert (folder / "seal.tsr").exists()
    assert [event.begins for event in troubles(rig)] == [True, False]


async def test_a_stamp_whose_row_was_lost_is_not_asked_for_again(rig: Rig, tmp_path: Path) -> None:
    by = papers(tmp_path / "a", STAMP_USE)
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    before = await room.seals.rows.find(folder.name)
    assert before is not None
    with host(authority(tmp_path, by)) as url:
        stamps = Stamps(room.seals, Way(url, 20), str(by.root))
        await stamps.round()
    await room.seals.rows.put(before)
    stamps.way = Way("http://127.0.0.1:9", 1)
    assert await stamps.round()
    after = await room.seals.rows.find(folder.name)
    assert after is not None and after.stamped_utc_us
