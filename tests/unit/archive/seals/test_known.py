"""What a folder says otherwise than the database is told, each with its own kind."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch_server.archive import folders
from dispatch_server.archive.model import Recording, State
from dispatch_server.archive.seals.known import Announced, Known
from dispatch_server.archive.seals.model import Findings, Kind, Sealed
from dispatch_server.archive.seals.verify import SEAL, Verification
from dispatch_server.protocol.seals import read_seal
from tests.unit.archive.seals.made import TRUST, closed, seal


@pytest.fixture
def known(tmp_path: Path) -> Known:
    folder = closed(tmp_path / "r")
    seal(folder)
    made = read_seal((folder / SEAL).read_bytes())
    row = Sealed("recording-1", made.sealed_utc_us, made.key, made.chain, made.sm3)
    return Known(Recording(folders.read_card(folder / folders.CARD), State.SEALED), row)


def found(folder: Path, known: Known) -> Findings:
    verification = Verification([folder], TRUST, known=known)
    for _ in verification.steps():
        pass
    return verification.findings


def kinds(faults: Findings) -> list[Kind]:
    return [fault.kind for fault in faults.faults]


def delete(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink()


def test_what_agrees_is_whole(tmp_path: Path, known: Known) -> None:
    assert found(tmp_path / "r", known).is_whole


def test_a_seal_that_is_gone_is_missed_whatever_the_folder_says(tmp_path: Path, known: Known) -> None:
    delete(tmp_path / "r", [SEAL, folders.END])
    assert kinds(found(tmp_path / "r", known)) == [Kind.SEAL]
    held = replace(known, recording=Recording(known.recording.card, State.HELD))
    assert kinds(found(tmp_path / "r", held)) == [Kind.SEAL]
    never = Known(held.recording)  # held before it was sealed, and still open for all that is known
    assert found(tmp_path / "r", never).is_whole


@pytest.mark.parametrize("change", [{"chain": "00"}, {"key": "other"}, {"sealed_utc_us": 5}, {"sm3": "00"}])
def test_another_seal_is_not_the_one_on_record(tmp_path: Path, known: Known, change: dict[str, object]) -> None:
    assert known.sealed is not None
    other = replace(known, sealed=replace(known.sealed, **change))  # type: ignore[arg-type]
    assert kinds(found(tmp_path / "r", other)) == [Kind.SEAL]


def test_a_time_stamp_that_is_on_record_is_missed(tmp_path: Path, known: Known) -> None:
    assert known.sealed is not None
    stamped = replace(known, sealed=replace(known.sealed, stamped_utc_us=5))
    assert kinds(found(tmp_path / "r", stamped)) == [Kind.TIMESTAMP]


def test_a_card_that_says_otherwise_is_told_with_its_fields(tmp_path: Path, known: Known) -> None:
    card = replace(known.recording.card, source="T0999", enforcement="e-1")
    told = found(tmp_path / "r", replace(known, recording=Recording(card, State.SEALED)))
    assert [fault.sentence for fault in told.faults] == [
        "its card says otherwise than the database: enforcement, source"
    ]


def test_what_is_still_to_come_is_counted_by_its_receipts(known: Known) -> None:
    announced = (Announced(1, "aa", True), Announced(2, "bb", False), Announced(3, "cc", False))
    assert replace(known, announced=announced).lacking() == {2, 3}
    assert not known.is_master and known.is_sealed
