"""Old public keys stay on record, each new one is signed by the one before, and a stop in between is finished."""

from pathlib import Path

import pytest

from dispatch_server.archive.seals.evidence_key import KEY_NAME, EvidenceKey
from dispatch_server.archive.seals.key_record import (
    NEXT,
    RECORD,
    EvidenceKeys,
    KeyRecordWrong,
    introduced,
    keys_on_record,
    read_record,
)
from dispatch_server.runtime.keys import KeyRing
from tests.unit.archive.seals.made import KEY, OTHER_KEY
from tests.worlds import TestWorld


def opened(folder: Path) -> EvidenceKeys:
    world = TestWorld()
    ring = KeyRing(folder, world)
    ring.open()
    keys = EvidenceKeys(ring, world)
    keys.open()
    return keys


def test_the_first_key_is_made_once_and_is_on_record(tmp_path: Path) -> None:
    first = opened(tmp_path)
    assert opened(tmp_path).thumbprint == first.thumbprint == first.known[0].thumbprint
    assert first.jwks() == [{**first.jwk, "kid": first.thumbprint}]
    assert list(keys_on_record(tmp_path / "keys")) == [first.thumbprint]


def test_after_a_roll_over_the_old_key_is_still_known(tmp_path: Path) -> None:
    keys = opened(tmp_path)
    old = keys.thumbprint
    signature = keys.sign(b"head")
    new = keys.roll_over()
    assert new.thumbprint != old and list(keys.public) == [old, new.thumbprint]
    keys.public[old].verify(signature, b"head")  # type: ignore[call-arg, union-attr]
    again = opened(tmp_path)
    assert (again.thumbprint, again.known) == (new.thumbprint, keys.known)
    assert again.known[1].signed_by == old


@pytest.mark.parametrize("is_on_record", [False, True])
def test_a_roll_over_that_was_stopped_goes_forward_or_back(tmp_path: Path, is_on_record: bool) -> None:
    keys = opened(tmp_path)
    (tmp_path / "keys" / NEXT).write_bytes(b"\x09" * 32)
    if is_on_record:
        with (tmp_path / "keys" / RECORD).open("ab") as file:
            file.write(introduced(OTHER_KEY, keys.present, 5).line())
    assert opened(tmp_path).thumbprint == (OTHER_KEY.thumbprint if is_on_record else keys.thumbprint)
    assert not (tmp_path / "keys" / NEXT).exists()


def test_a_key_that_is_not_the_newest_on_record_is_refused(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "keys" / KEY_NAME).write_bytes(b"\x09" * 32)
    with pytest.raises(KeyRecordWrong, match="not the newest"):
        opened(tmp_path)


def test_a_record_that_was_written_over_is_refused() -> None:
    first, second = introduced(KEY, KEY, 1), introduced(OTHER_KEY, KEY, 2)
    assert [one.thumbprint for one in read_record(first.line() + second.line())] == [
        KEY.thumbprint,
        OTHER_KEY.thumbprint,
    ]
    forged = introduced(OTHER_KEY, OTHER_KEY, 2)
    for data in (
        b"",
        b"nonsense\n",
        first.line() + forged.line(),
        second.line(),
        first.line().replace(b":1,", b":2,"),
        first.line() + second.line()[:-40],
        first.line() + second.line().replace(b'"signature":"', b'"signature":" '),
    ):
        with pytest.raises(KeyRecordWrong):
            read_record(data)


def test_the_raw_key_is_what_the_file_holds(tmp_path: Path) -> None:
    keys = opened(tmp_path)
    assert EvidenceKey.of((tmp_path / "keys" / KEY_NAME).read_bytes()).thumbprint == keys.thumbprint
