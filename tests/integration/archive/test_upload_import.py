"""A card comes in by the same door; H9: what else lies on it is not trusted."""

import hashlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive.uploads.importing import Importing, MasterReport
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.protocol.footage import GapEntry, link, write_line
from dispatch_server.protocol.masters import Receipt, is_signed
from tests.integration.archive.masters import of_entries
from tests.integration.archive.upload_rig import EVIDENCE, Tokens, UploadRig, upload_rig


class Register:
    async def caller(self, number: str) -> TerminalCaller | None:
        return await Tokens().terminal_of(number) if number.startswith("T13") else None


@pytest.fixture
async def uploads(tmp_path: Path) -> AsyncIterator[UploadRig]:
    async with upload_rig(tmp_path) as uploads:
        yield uploads


async def take(uploads: UploadRig, card: Path, **options: bool) -> list[MasterReport]:
    reports: list[MasterReport] = []
    importing = Importing(uploads.part.announcing, uploads.part.ending, Register(), **options)
    await importing.run(card, reports.append)
    return reports


def outcomes(report: MasterReport) -> list[str]:
    return [one.outcome for one in report.segments]


async def test_a_card_is_kept_receipted_and_sealed(uploads: UploadRig, tmp_path: Path) -> None:
    master = uploads.master()
    place = master.write(tmp_path / "card")
    (report,) = await take(uploads, tmp_path / "card", receipts=True)
    assert report.is_good and report.sealed and outcomes(report) == ["kept"] * len(master.indexes)
    standing = await uploads.standing(master)
    assert (standing["state"], standing["wanted"]) == ("sealed", [])
    lines = (place / "receipts.jsonl").read_text().splitlines()
    assert all(is_signed(Receipt.model_validate_json(line), EVIDENCE.public) for line in lines)
    assert [json.loads(line) for line in lines] == standing["receipts"]
    (again,) = await take(uploads, place)  # the folder of one master, and for the second time
    assert again.is_good and outcomes(again) == ["again"] * len(master.indexes)


async def test_it_goes_on_where_the_network_stopped(uploads: UploadRig, tmp_path: Path) -> None:
    master = uploads.master()
    await uploads.announce(master)
    await uploads.send(master, 1)
    place = master.write(tmp_path / "card")
    (place / "000001.sealed").unlink()  # given up on its receipt
    (place / "000001.jsonl").unlink()
    (report,) = await take(uploads, tmp_path / "card")
    assert report.is_good and report.sealed and "kept" in outcomes(report)


async def test_without_a_seal_of_a_known_key_nothing_is_taken(uploads: UploadRig, tmp_path: Path) -> None:
    master = uploads.master()
    place = master.write(tmp_path / "card")
    stranger = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    (place / "seal.json").write_text(json.dumps(master.seal(key=stranger)))
    assert (await take(uploads, tmp_path / "card"))[0].refused
    (place / "seal.json").unlink()
    assert (await take(uploads, tmp_path / "card"))[0].refused
    assert (await uploads.ask("GET", f"/api/v1/terminal/masters/{master.id}")).status_code == 404
    (report,) = await take(uploads, tmp_path / "card", unsealed=True)  # somebody vouches for it
    assert report.is_good and not report.sealed
    assert (await uploads.standing(master))["state"] == "open"


async def test_a_changed_segment_is_refused_and_the_others_are_kept(uploads: UploadRig, tmp_path: Path) -> None:
    master = uploads.master()
    place = master.write(tmp_path / "card")
    data = bytearray((place / "000001.sealed").read_bytes())
    data[-5] ^= 1
    (place / "000001.sealed").write_bytes(bytes(data))
    (report,) = await take(uploads, tmp_path / "card")
    assert outcomes(report) == ["refused"] + ["kept"] * (len(master.indexes) - 1)
    assert 1 in (await uploads.standing(master))["wanted"]


async def test_links_pipes_and_foreign_names_are_not_followed(uploads: UploadRig, tmp_path: Path) -> None:
    master = uploads.master()
    card = tmp_path / "card"
    place = master.write(card)
    secret = tmp_path / "secret"
    secret.write_bytes((place / "000001.sealed").read_bytes())
    (place / "000001.sealed").unlink()
    (place / "000001.sealed").symlink_to(secret)
    (place / "000002.sealed").unlink()
    os.mkfifo(place / "000002.sealed")
    (place / "receipts.jsonl").symlink_to(tmp_path / "stolen")
    (place / "../../escape").resolve().write_text("x")
    (card / "01976b3c-0000-7000-8000-00000000000c").symlink_to(place)
    (card / "..hidden").mkdir()
    (card / "DCIM").mkdir()
    (place / "000009.sealed").mkdir()
    (report,) = await take(uploads, card, receipts=True)
    wanted = {1: "refused", 2: "refused", 9: "refused"}
    assert {one.number: one.outcome for one in report.segments if one.number in wanted} == wanted
    assert not (tmp_path / "stolen").exists()


@pytest.mark.parametrize("name", ["recording.json", "closed.json", "seal.json", "000001.jsonl"])
@pytest.mark.parametrize("content", [b"", b"[" * 10_000, b"{}", b"\xff" * 100, b" " * (3 << 20)])
async def test_what_is_no_master_is_told_and_passed(
    uploads: UploadRig, tmp_path: Path, name: str, content: bytes
) -> None:
    place = uploads.master().write(tmp_path / "card")
    (place / name).write_bytes(content)
    (report,) = await take(uploads, tmp_path / "card")
    assert report.refused and report.segments == []
    assert list(report.lines())


async def test_a_terminal_that_is_not_registered_brings_nothing(uploads: UploadRig, tmp_path: Path) -> None:
    uploads.master(source="T9999").write(tmp_path / "card")
    (report,) = await take(uploads, tmp_path / "card")
    assert "register" in report.refused


async def test_a_card_whose_disk_failed_once_is_taken_as_far_as_it_was_announced(
    uploads: UploadRig, tmp_path: Path
) -> None:
    """A line whose sync failed lies in the first index; the segment after it follows the line before."""
    master = uploads.master()
    place = master.write(tmp_path / "card")
    chain = of_entries(master.indexes[1])[-1].chain
    unannounced = link(chain, GapEntry(1, 2, "not announced"), hashlib.sha256(b"").digest())
    with (place / "000001.jsonl").open("ab") as index:
        index.write(write_line(unannounced))
    (report,) = await take(uploads, tmp_path / "card")
    assert report.is_good and report.sealed and outcomes(report) == ["kept"] * len(master.indexes)
