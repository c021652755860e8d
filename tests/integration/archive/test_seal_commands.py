"""archive verify says what and where in plain words and by its exit code; archive reindex makes the rows again."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch_server.archive.model import State
from dispatch_server.archive.seals.reindex import Reindexing
from dispatch_server.archive.seals.store import SealStore
from dispatch_server.archive.store import RecordingStore
from dispatch_server.cli import cli
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings
from tests.integration.archive.rig import Rig
from tests.integration.archive.seal_rig import recorded, with_seals
from tests.unit.archive.seals.made import KEY, OTHER_KEY, closed, seal


def verify(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["archive", "verify", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text(json.dumps(KEY.jwk))
    return path


def test_a_whole_folder_is_ok(tmp_path: Path, key_file: Path) -> None:
    seal(closed(tmp_path / "export" / "originals" / "r"), sm3=True)
    code, said = verify(tmp_path / "export", "--key", key_file)
    assert code == 0 and ": OK (sealed)" in said and "1 recordings (1 sealed), 0 MiB read: none is damaged" in said


def test_without_a_key_it_says_that_only_consistency_was_shown(tmp_path: Path) -> None:
    seal(closed(tmp_path / "r"))
    code, said = verify(tmp_path / "r")
    assert code == 0 and "CONSISTENT, NOT PROVED" in said and "not who sealed it" in said
    (tmp_path / "r" / "evidence_key.json").write_text(json.dumps(KEY.jwk, indent=1, sort_keys=True) + "\n")
    code, said = verify(tmp_path / "r")
    assert code == 0 and "NOT PROVED" in said and "ask its owner" in said


def test_a_seal_by_another_key_is_not_believed(tmp_path: Path, key_file: Path) -> None:
    seal(closed(tmp_path / "r"), key=OTHER_KEY)
    code, said = verify(tmp_path / "r", "--key", key_file)
    assert code == 1 and "signed by a key that is not known" in said


def test_a_fault_is_named_with_its_place(tmp_path: Path, key_file: Path) -> None:
    folder = closed(tmp_path / "r")
    seal(folder)
    (folder / "000002.mp4").write_bytes((folder / "000002.mp4").read_bytes()[:-5])
    code, said = verify(folder, "--key", key_file)
    assert code == 1 and "segment 2, fragment 8, bytes " in said and "the file ends before it" in said


def test_what_is_closed_and_not_sealed_is_told_unless_it_is_allowed(tmp_path: Path) -> None:
    closed(tmp_path / "r")
    assert verify(tmp_path / "r")[0] == 1
    assert verify(tmp_path / "r", "--unsealed")[0] == 0


def test_a_folder_that_lost_end_and_seal_is_neither_ok_nor_proved(tmp_path: Path, key_file: Path) -> None:
    """It looks like one that is being recorded: only who runs the server can say whether one is."""
    folder = closed(tmp_path / "r")
    seal(folder)
    (folder / "closed.json").unlink()
    (folder / "seal.json").unlink()
    code, said = verify(folder, "--key", key_file)
    assert code == 1 and "neither end nor seal" in said and "OK" not in said
    code, said = verify(folder, "--key", key_file, "--unsealed")
    assert code == 0 and "NOT SEALED, NOT PROVED (open)" in said and "OK" not in said


def test_what_is_no_folder_of_recordings_is_refused(tmp_path: Path) -> None:
    assert verify(tmp_path / "none")[0] == 2
    assert verify(tmp_path)[0] == 2
    (tmp_path / "key").write_text("nonsense")
    seal(closed(tmp_path / "r"))
    assert verify(tmp_path / "r", "--key", tmp_path / "key")[0] == 2


def test_a_recording_in_the_wrong_day_is_told(tmp_path: Path, key_file: Path) -> None:
    seal(closed(tmp_path / "2024" / "01" / "01" / "recording-1"))
    code, said = verify(tmp_path, "--key", key_file)
    assert code == 1 and "its card says 2025/11/24/recording-1" in said


def fresh_database(folder: Path) -> Database:
    return Database(DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{folder / 'fresh.sqlite3'}")), Counters())


async def test_an_empty_database_is_made_again_and_a_second_time_changes_nothing(rig: Rig, tmp_path: Path) -> None:
    room = with_seals(rig)
    folders = [await recorded(rig, 2, f"stream-{number}") for number in range(2)]
    await room.seals.round()
    (folders[1] / "tombstone.json").write_text("{}\n")
    for path in folders[1].glob("0*"):
        path.unlink()
    old = rig.room.catalog.store
    async with fresh_database(tmp_path).opened() as database:
        rows, seals = RecordingStore(database), SealStore(database)
        counts = await Reindexing(rows, seals).run(rig.roots)
        assert (counts.found, counts.added, counts.changed) == (2, 2, 0)
        assert await rows.find(folders[0].name) == await old.find(folders[0].name)
        assert await rows.segments_of(folders[0].name) == await old.segments_of(folders[0].name)
        assert await seals.find(folders[0].name) == await room.seals.rows.find(folders[0].name)
        purged = await rows.find(folders[1].name)
        assert purged is not None and purged.state is State.PURGED
        again = await Reindexing(rows, seals).run(rig.roots)
        assert (again.found, again.added, again.changed) == (2, 0, 0)


async def test_what_only_the_database_knows_stays(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    await room.seals.round()
    rig.world.pass_s(16 * 86_400)
    await room.scrub.one()
    rows, seals = rig.room.catalog.store, room.seals.rows
    held = await rows.find(folder.name)
    assert held is not None
    held.state = State.HELD
    await rows.save([held], [])
    before = await seals.find(folder.name)
    await Reindexing(rows, seals).run(rig.roots)
    after = await rows.find(folder.name)
    assert after is not None and after.state is State.HELD
    assert await seals.find(folder.name) == before and before is not None and before.scrubbed_utc_us


async def test_a_recording_that_closed_since_the_backup_is_picked_up(rig: Rig) -> None:
    room, folder = with_seals(rig), await recorded(rig)
    rows = rig.room.catalog.store
    known = await rows.find(folder.name)
    assert known is not None
    known.state, known.fragments, known.closed_utc_us, known.reason = State.OPEN, 1, None, ""
    await rows.save([known], [])
    counts = await Reindexing(rows, room.seals.rows).run(rig.roots)
    after = await rows.find(folder.name)
    assert after is not None and counts.changed == 1
    assert (after.state, after.fragments, after.reason) == (State.CLOSED, 3, "ended by its owner")
