"""The evidence key is in the sealed copy of the keys, and what it sealed stays proved after a roll-over."""

from pathlib import Path

from typer.testing import CliRunner

from dispatch_server.archive.seals.evidence_key import KEY_NAME
from dispatch_server.archive.seals.key_record import RECORD, EvidenceKeys, keys_on_record
from dispatch_server.archive.seals.model import Trust
from dispatch_server.archive.seals.verify import verify_recording
from dispatch_server.cli import cli
from dispatch_server.ops.escrow import Escrow, keys_in_use, opened, put_back
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.world import World
from tests.unit.archive.seals.made import closed, seal


def evidence_keys(data: Path) -> EvidenceKeys:
    ring = KeyRing(data, World())
    ring.open()
    keys = EvidenceKeys(ring, World())
    keys.open()
    return keys


def test_key_and_record_are_in_the_copy_and_come_back_together(tmp_path: Path) -> None:
    before = evidence_keys(tmp_path / "data")
    assert {f"keys/{KEY_NAME}", f"keys/{RECORD}"} <= set(keys_in_use(tmp_path / "data"))
    escrow = Escrow(tmp_path / "data", World())
    shares = escrow.set_up()
    put_back(opened(escrow.copy, *shares), tmp_path / "other", World())
    assert evidence_keys(tmp_path / "other").thumbprint == before.thumbprint


def test_after_a_roll_over_old_and_new_seals_are_proved(tmp_path: Path) -> None:
    data = tmp_path / "data"
    seal(closed(tmp_path / "old"), key=evidence_keys(data).present)
    escrow = Escrow(data, World())
    shares = escrow.set_up()
    settings = tmp_path / "server.yaml"
    settings.write_text(f"data_folder: {data}\n")
    done = CliRunner().invoke(cli, ["keys", "roll-over", "--config", str(settings)])
    assert done.exit_code == 0 and "on record: 2" in done.output
    now = evidence_keys(data)
    seal(closed(tmp_path / "new"), key=now.present)
    trust = Trust(evidence=keys_on_record(data / "keys"))
    assert all(verify_recording(tmp_path / name, trust).proved for name in ("old", "new"))
    # The copy holds the new key, and nothing of it looks as if somebody had exchanged a key.
    assert escrow.differences().suspicious == ()
    assert opened(escrow.copy, *shares)[f"keys/{KEY_NAME}"] == (data / "keys" / KEY_NAME).read_bytes()


def test_verify_takes_the_keys_that_the_server_has_on_record(tmp_path: Path) -> None:
    data = tmp_path / "data"
    seal(closed(data / "archive" / "2025" / "11" / "24" / "recording-1"), key=evidence_keys(data).present)
    settings = tmp_path / "server.yaml"
    settings.write_text(f"data_folder: {data}\n")
    done = CliRunner().invoke(cli, ["archive", "verify", "--config", str(settings)])
    assert done.exit_code == 0 and ": OK (sealed)" in done.output
    done = CliRunner().invoke(cli, ["archive", "reindex", "--config", str(settings)])
    assert done.exit_code == 0 and "1 recordings lie in the folders: 1 rows added, 0 changed" in done.output
