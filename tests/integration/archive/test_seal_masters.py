"""What a terminal sealed is proved by its device's key, and what was destroyed by order keeps its papers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from dispatch_server.archive import folders
from dispatch_server.archive.model import Origin
from dispatch_server.archive.seals.evidence_key import write_base64url
from dispatch_server.archive.seals.model import Kind, Standing, Trust
from dispatch_server.archive.seals.public_keys import read_jwk
from dispatch_server.archive.seals.verify import DEVICE_KEY, SEAL, TOMBSTONE, verify_recording
from dispatch_server.protocol.seals import ES256, content_digest, read_seal, signature_of, write_seal
from tests.unit.archive.seals.made import KEY, TRUST, closed, seal

DEVICE = derive_private_key(0xD15BA7C4, SECP256R1())
_AT = DEVICE.public_key().public_numbers()
JWK = {
    "crv": "P-256",
    "kty": "EC",
    "x": write_base64url(_AT.x.to_bytes(32, "big")),
    "y": write_base64url(_AT.y.to_bytes(32, "big")),
}
NAME, PUBLIC = read_jwk(JWK)


@pytest.fixture
def master(tmp_path: Path) -> Path:
    """As the server keeps it: the terminal's seal beside the footage that came."""
    folder = closed(tmp_path / "master")
    card = replace(folders.read_card(folder / folders.CARD), origin=Origin.TERMINAL, device_key=NAME)
    (folder / folders.CARD).write_bytes(folders.write_card(card))
    seal(folder)
    made = read_seal((folder / SEAL).read_bytes())
    made = replace(made, key=NAME, algorithm=ES256, signature="")
    (folder / SEAL).write_bytes(write_seal(replace(made, signature=signature_of(made, DEVICE))))
    return folder


def test_a_known_device_proves_it(master: Path) -> None:
    found = verify_recording(master, Trust(devices={NAME: PUBLIC}))
    assert (found.faults, found.notes, found.proved) == ([], [], True)


def test_without_its_key_only_consistency_is_shown(master: Path) -> None:
    found = verify_recording(master, TRUST)
    assert found.is_whole and not found.proved and "no key was given" in found.notes[0]
    (master / DEVICE_KEY).write_text(json.dumps(JWK, indent=1, sort_keys=True) + "\n")
    found = verify_recording(master, TRUST)
    assert found.is_whole and not found.proved and "the key that lies beside it" in found.notes[0]


def test_another_device_is_not_believed(master: Path) -> None:
    found = verify_recording(master, Trust(devices={KEY.thumbprint: KEY.public}))
    assert [fault.kind for fault in found.faults] == [Kind.SEAL]
    (master / DEVICE_KEY).write_text(json.dumps(KEY.jwk, indent=1, sort_keys=True) + "\n")
    assert [fault.kind for fault in verify_recording(master).faults] == [Kind.SEAL]


def test_a_master_that_the_server_s_key_sealed_is_no_master(tmp_path: Path) -> None:
    folder = closed(tmp_path / "master")
    card = replace(folders.read_card(folder / folders.CARD), origin=Origin.TERMINAL, device_key=NAME)
    (folder / folders.CARD).write_bytes(folders.write_card(card))
    seal(folder)
    found = verify_recording(folder, Trust(TRUST.evidence, {NAME: PUBLIC}))
    assert "not of the key that the card names" in found.faults[0].said()


def test_a_seal_that_says_nothing_of_the_card_is_noted(master: Path) -> None:
    made = replace(read_seal((master / SEAL).read_bytes()), card="", end="", signature="")
    (master / SEAL).write_bytes(write_seal(replace(made, signature=signature_of(made, DEVICE))))
    found = verify_recording(master, Trust(devices={NAME: PUBLIC}))
    assert found.is_whole and len(found.notes) == 2


def test_what_was_destroyed_by_order_keeps_its_papers(tmp_path: Path) -> None:
    folder = closed(tmp_path / "r")
    seal(folder)
    for path in folder.glob("0*"):
        path.unlink()
    assert not verify_recording(folder, TRUST).is_whole
    (folder / TOMBSTONE).write_text("{}\n")
    assert "not this recording's" in verify_recording(folder, TRUST).said()
    made = read_seal((folder / SEAL).read_bytes())
    told = {"recording": made.recording, "chain": made.chain, "seal": made.signature}
    (folder / TOMBSTONE).write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")
    found = verify_recording(folder, TRUST)
    assert (found.standing, found.faults, found.proved) == (Standing.PURGED, [], True)
    end = json.loads((folder / folders.END).read_bytes())
    assert found.seal is not None and found.seal.end == content_digest(end)
    (folder / folders.END).write_bytes(folders.write_end(replace(folders.End(**end), fragments=11)))
    assert {fault.kind for fault in verify_recording(folder, TRUST).faults} == {Kind.SEAL, Kind.END}
    (folder / SEAL).unlink()
    assert not verify_recording(folder, TRUST).is_whole


def test_a_tombstone_hides_nothing(tmp_path: Path) -> None:
    folder = closed(tmp_path / "r")
    seal(folder)
    (folder / TOMBSTONE).write_text("{}\n")
    (folder / "000002.mp4").write_bytes(b"?" + (folder / "000002.mp4").read_bytes()[1:])
    assert [fault.kind for fault in verify_recording(folder, TRUST).faults] == [Kind.STRAY, Kind.MEDIA]


def test_a_failed_disk_s_leavings_are_noted_and_count_for_nothing(tmp_path: Path) -> None:
    folder = closed(tmp_path / "r")
    with (folder / "000002.mp4").open("ab") as media, (folder / "000002.jsonl").open("ab") as index:
        media.write(b"never announced")
        index.write(b'{"half a li')
    (folder / folders.suspect_name(2)).touch()
    assert seal(folder).findings.is_whole
    found = verify_recording(folder, TRUST)
    assert found.is_whole and found.notes == ["segment 2: what a failed disk left behind counts for nothing"]
    (folder / folders.suspect_name(2)).unlink()
    assert [fault.kind for fault in verify_recording(folder, TRUST).faults] == [Kind.STRAY, Kind.INDEX]
