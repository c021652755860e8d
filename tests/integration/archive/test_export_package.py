"""An approved package: its bytes, its documents, its resumption, and what verifies it."""

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from dispatch_server.archive.exports.assembly import ExportsRoom
from dispatch_server.archive.exports.checking import check_package, is_package
from dispatch_server.archive.exports.manifest import COVERAGE, CUSTODY, MANIFEST, PAGE, SHEET, TRANSCRIPT
from dispatch_server.archive.exports.model import Of
from dispatch_server.archive.exports.ports import Story
from dispatch_server.archive.exports.refusals import PackageLost, SubjectUnknown
from dispatch_server.archive.seals.service import SealService
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.web.problems import ResponseBroken
from tests.integration.archive.clips import START_US
from tests.integration.archive.office import Office, office, seal, unpacked
from tests.unit.archive.exports.node_verifier import node_verifies


def exports_of(desk: Office) -> ExportsRoom:
    found = desk.whole.wiring.state["exports"]
    assert isinstance(found, ExportsRoom)
    return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as desk:
        yield desk


async def test_a_package_holds_the_originals_and_verifies_everywhere(desk: Office, tmp_path: Path) -> None:
    one, two = await desk.recording(), await desk.recording(source="T1302")
    export = await desk.ready(one, two)
    data = await desk.package(export["export_id"])
    assert len(data) == export["bytes"]
    (tmp_path / "out.zip").write_bytes(data)
    tested = subprocess.run(["unzip", "-tq", tmp_path / "out.zip"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout
    top = unpacked(data, tmp_path / "out")
    assert top.name == export["export_id"]
    for card in (one, two):
        for path in desk.folder(card).iterdir():
            assert (top / "recordings" / card.id / path.name).read_bytes() == path.read_bytes()
    assert all((top / name).is_file() for name in (MANIFEST, CUSTODY, PAGE, SHEET, TRANSCRIPT))
    assert not (top / COVERAGE).exists()
    assert (top / SHEET).read_bytes().startswith(b"%PDF-")
    assert hashlib.sha256((top / MANIFEST).read_bytes()).hexdigest() == export["manifest_sha256"]
    assert is_package(top)
    assert list(check_package(top, desk.key.thumbprint)) == []
    assert list(check_package(top, "another")) != []
    report = node_verifies(top)
    assert report["problems"] == []
    assert report["key"] == desk.key.thumbprint
    assert report["counts"]["recordings"] == report["counts"]["seals"] == 2
    assert report["counts"]["sm3"] == report["counts"]["files"] > 10
    assert report["counts"]["acts"] == 2


class OneEnforcement:
    """Stands for the rooms that know enforcements and coverage."""

    def __init__(self, *recordings: str) -> None:
        self.recordings = recordings

    async def recordings_of(self, of: Of, subject: str, scope: Scope) -> Sequence[str]:
        if (of, subject) != (Of.ENFORCEMENT, "enforcement-1"):
            raise SubjectUnknown
        return self.recordings

    async def story_of(self, of: Of, subject: str) -> Story:
        run = {
            "from_utc_us": START_US,
            "to_utc_us": START_US + 1,
            "kind": "missing",
            "reason": "断网",
            "source": "T1301",
        }
        step = {"utc_us": START_US, "text": "出示证件"}
        return Story("日常检查", ("王五",), (run,), (step,), ({"utc_us": START_US + 1, "text": "备注", "by": "p"},))


async def test_all_of_an_enforcement_goes_with_its_coverage_and_steps(desk: Office, tmp_path: Path) -> None:
    one, two = await desk.recording(), await desk.recording(source="T1302")
    exports_of(desk).service.subjects = OneEnforcement(one.id, two.id)
    wish = {"recordings": [], "enforcement": "enforcement-1"}
    assert (await desk.ask(recordings=[], enforcement="another")).status_code == 404
    export = await desk.ready(**wish)
    assert export["recordings"] == [one.id, two.id] and export["subject"] == "enforcement-1"
    top = unpacked(await desk.package(export["export_id"]), tmp_path / "out")
    told = json.loads((top / COVERAGE).read_text("utf-8"))
    assert told["coverage"][0]["reason"] == "断网" and told["steps"][0]["text"] == "出示证件"
    assert list(check_package(top)) == [] and node_verifies(top)["problems"] == []


async def test_the_custody_log_tells_who_asked_approved_and_fetched(desk: Office, tmp_path: Path) -> None:
    export = await desk.ready(await desk.recording())
    top = unpacked(await desk.package(export["export_id"]), tmp_path / "out")
    inside = [json.loads(act["line"])["action"] for act in json.loads((top / CUSTODY).read_text())["acts"]]
    assert inside == ["export.ask", "export.decide"]
    log = (await desk.whole.ask("GET", f"/api/v1/exports/{export['export_id']}/custody", desk.person())).json()
    told = [json.loads(act["line"]) for act in log["acts"]]
    wanted = ["export.ask", "export.decide", "export.ready", "export.link", "export.download"]
    assert [act["action"] for act in told if act["action"] != "export.custody"] == wanted
    download = next(act for act in told if act["action"] == "export.download")
    assert download["actor"] == f"person:{desk.person().id}" and download["detail"]["recipient"] == "县人民法院"


async def test_a_download_that_is_cut_off_goes_on_with_the_same_bytes(desk: Office) -> None:
    export = await desk.ready(await desk.recording(), downloads=2)
    url = (await desk.link(export["export_id"])).json()["url"]
    whole = await desk.fetch(url)
    size, etag = len(whole.content), whole.headers["etag"]
    parts, at, steps = b"", 0, (1, 30, 31, 4096, 100_000, size)
    for end in steps:
        if at < size:
            answer = await desk.fetch(url, Range=f"bytes={at}-{end - 1}", **{"If-Range": etag})
            assert answer.status_code == 206, answer.text
            parts, at = parts + answer.content, min(end, size)
    assert parts == whole.content
    tail = await desk.fetch(url, Range="bytes=-22")
    assert tail.content == whole.content[-22:] and tail.content.startswith(b"PK\5\6")
    assert (await desk.fetch(url, Range=f"bytes={size}-")).status_code == 416


async def test_the_same_bytes_come_when_nothing_is_remembered(desk: Office) -> None:
    """As after a restart: the layout is read again from where it was kept, and checked by its digest."""
    export = await desk.ready(await desk.recording(), downloads=2)
    first = await desk.package(export["export_id"])
    packages = exports_of(desk).packages
    packages._held.clear()
    assert await desk.package(export["export_id"]) == first
    found = await exports_of(desk).service.find(export["export_id"], COUNTY)
    packages._held.clear()
    found.layout_digest = "0" * 64
    with pytest.raises(PackageLost):
        await packages.of(found)


async def test_an_approved_export_waits_for_the_seal(desk: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def not_now(*_: object) -> bool:
        return False

    monkeypatch.setattr(SealService, "seal", not_now)  # the server's own sealing looks every few seconds
    card = await desk.recording(sealed=False)
    export_id = (await desk.ask(card)).json()["export_id"]
    await desk.decide(export_id)
    preparing = exports_of(desk).preparing
    await preparing.look()
    waiting = await desk.show(export_id)
    assert (waiting["state"], waiting["note"]) == ("approved", "waits for the seal of 1 recordings")
    seal(desk.root, card, desk.key)
    await preparing.look()
    assert (await desk.reach(export_id, "ready"))["note"] == ""


async def test_an_original_that_changed_breaks_the_download(desk: Office) -> None:
    card = await desk.recording()
    export = await desk.ready(card)
    media = desk.folder(card) / "000001.mp4"
    data = bytearray(media.read_bytes())
    data[len(data) // 2] ^= 1
    media.write_bytes(data)
    with pytest.raises(ResponseBroken):
        await desk.package(export["export_id"])


async def test_names_of_others_do_not_get_into_a_package(desk: Office) -> None:
    """H9: whatever lies in the folder, and whatever the texts say."""
    card = await desk.recording()
    for name in ("CON.mp4", "\u202egnp.exe", "000001.mp4 ", "000001.jsonl.bak", "seal.json\u202e"):
        (desk.folder(card) / name).write_bytes(b"x")
    (desk.folder(card) / "000009.mp4").symlink_to("/etc/hostname")
    export = await desk.ready(card, purpose="../../\u202e\ufffd<script>", recipient="C:\\CON")
    with zipfile.ZipFile(io.BytesIO(await desk.package(export["export_id"]))) as package:
        names = package.namelist()
    outside = f"{export['export_id']}/"
    assert all(name.startswith(outside) and ".." not in name and "\u202e" not in name for name in names)
    inside = [name.removeprefix(f"{outside}recordings/{card.id}/") for name in names if "/recordings/" in name]
    assert inside == [
        *(f"{number:06}.{kind}" for number in (1, 2, 3) for kind in ("jsonl", "mp4", "sm3")),
        "closed.json", "recording.json", "seal.json",
    ]  # fmt: skip
