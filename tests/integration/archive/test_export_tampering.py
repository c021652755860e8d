"""E1: whatever is changed in a package, both verifiers find it; without their comparison of bytes they would not."""

import json
import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.archive.exports import checking
from dispatch_server.archive.exports.checking import check_package
from dispatch_server.archive.exports.content import DEVICE_KEY, SEAL
from dispatch_server.archive.exports.manifest import MANIFEST, SIGNATURE, write_signature
from dispatch_server.wiring.exports import NodeKey
from tests.integration.archive.office import office, unpacked
from tests.unit.archive.exports.node_verifier import node_verifies, node_verifies_each

CHANGES = 300
pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def package(tmp_path: Path) -> AsyncIterator[Path]:
    async with office(tmp_path / "var") as desk:
        export = await desk.ready(await desk.recording(seconds=4), await desk.recording(seconds=3))
        yield unpacked(await desk.package(export["export_id"]), tmp_path / "out")


def changes_of(folder: Path, count: int) -> list[dict[str, Any]]:
    """One bit anywhere, most often; also files that are gone, cut, grown, exchanged, or new."""
    chance = random.Random(20261125)
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    indexes = [name for name in names if name.endswith(".jsonl")]
    found: list[dict[str, Any]] = []
    for number in range(count):
        name = chance.choice(names)
        size = (folder / name).stat().st_size
        match number % 10:
            case 0:
                found.append({"path": name, "kind": "remove"})
            case 1:
                found.append({"path": name, "kind": "cut", "at": chance.randrange(size)})
            case 2:
                found.append({"path": name, "kind": "grow"})
            case 3:
                one, other = chance.sample(indexes, 2)
                found.append({"path": one, "kind": "swap", "at": other})
            case 4:
                found.append({"path": f"recordings/{number}.mp4", "kind": "add"})
            case _:
                found.append({"path": name, "kind": "flip", "at": chance.randrange(size)})
    return found


def applied(folder: Path, change: dict[str, Any]) -> dict[str, bytes | None]:
    """Makes the change on the disk; what to put back."""
    path, kind = folder / change["path"], change["kind"]
    before = {change["path"]: path.read_bytes() if path.exists() else None}
    data = bytearray(before[change["path"]] or b"")
    if kind == "remove":
        path.unlink()
    elif kind == "swap":
        other = folder / change["at"]
        before[change["at"]] = other.read_bytes()
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
    else:
        if kind == "flip":
            data[change["at"]] ^= 1 << (change["at"] % 8)
        path.write_bytes({"cut": data[: change.get("at", 0)], "grow": data + b"\0", "add": b"x"}.get(kind, data))
    return before


def found_by_python(folder: Path, changes: list[dict[str, Any]]) -> list[bool]:
    found = []
    for change in changes:
        before = applied(folder, change)
        found.append(any(True for _ in check_package(folder)))
        for name, data in before.items():
            if data is None:
                (folder / name).unlink()
            else:
                (folder / name).write_bytes(data)
    return found


# A bit of the signature file may leave what it says as it is: white space, or the case of nothing that is read.
def unharmed(folder: Path, change: dict[str, Any]) -> bool:
    return change["path"] == SIGNATURE and change["kind"] in ("flip", "grow", "cut")


async def test_both_verifiers_find_every_change(package: Path) -> None:
    assert list(check_package(package)) == [] and node_verifies(package)["problems"] == []
    changes = [one for one in changes_of(package, CHANGES + 20) if not unharmed(package, one)][:CHANGES]
    reports = node_verifies_each(package, changes)
    missed = [change for change, one in zip(changes, reports, strict=True) if not one["problems"]]
    assert missed == []
    missed = [change for change, was in zip(changes, found_by_python(package, changes), strict=True) if not was]
    assert missed == []
    assert list(check_package(package)) == []
    print(f"\nchanges found: {len(changes)} of {len(changes)} by each verifier")


async def test_a_verifier_that_does_not_compare_bytes_is_found_out(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The harness is shown to fail: with the comparison taken out, bits of the media go unseen."""
    media = ("000001.mp4", "000002.mp4")
    flips = [
        {"path": path.relative_to(package).as_posix(), "kind": "flip", "at": path.stat().st_size // 2}
        for path in package.rglob("*.mp4")
        if path.name in media
    ]
    assert len(flips) >= 3
    assert [one["problems"] for one in node_verifies_each(package, flips, "blind")] == [[]] * len(flips)
    assert all(one["problems"] for one in node_verifies_each(package, flips))
    assert all(found_by_python(package, flips))
    monkeypatch.setattr(checking, "_check_file", lambda folder, one: iter(()))
    monkeypatch.setattr(checking, "_check_recording", lambda folder, one, keys: iter(()))
    assert not any(found_by_python(package, flips))


async def test_what_the_seal_says_is_held_against_the_content(package: Path) -> None:
    """Another seal that another key signed well, for other content than what is here."""
    folder = next(path.parent for path in package.rglob(SEAL))
    key, plain = NodeKey(bytes(range(32))), json.loads((folder / SEAL).read_text())
    (folder / DEVICE_KEY).write_text(json.dumps(dict(key.jwk)))
    codes = []
    for changed in ({}, {"card": "00" * 32}, {"end": "00" * 32}, {"sm3": "00" * 32}, {"chain": "00" * 32}):
        words = {
            name: value for name, value in {**plain, "key": key.thumbprint, **changed}.items() if name != "signature"
        }
        data = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        (folder / SEAL).write_text(json.dumps(words | {"signature": key.sign(data).hex()}))
        found = {one["code"] for one in node_verifies(package)["problems"]} - {"digest", "sm3", "size", "unlisted"}
        codes.append(found)
    assert codes == [set(), {"seal_content"}, {"seal_content"}, {"sm3_chain"}, {"seal_chain"}]


async def test_a_manifest_signed_anew_by_another_key_is_not_the_node_s(package: Path, tmp_path: Path) -> None:
    """Why the fingerprint must be compared: who changes everything can sign it with a key of their own."""
    forged = shutil.copytree(package, tmp_path / "forged")
    theirs, honest = NodeKey(bytes(range(32))), node_verifies(package)["key"]
    text = (forged / MANIFEST).read_text("utf-8").replace(f'"key": "{honest}"', f'"key": "{theirs.thumbprint}"', 1)
    (forged / MANIFEST).write_text(text, "utf-8")
    (forged / SIGNATURE).write_bytes(write_signature(text.encode(), theirs))
    report = node_verifies(forged)
    assert report["problems"] == [] and report["key"] == theirs.thumbprint != honest
    assert list(check_package(forged)) == []
    assert any("not the trusted key" in one for one in check_package(forged, honest))
