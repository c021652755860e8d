"""Keys of a node: made at the first start, closed to others, never the same twice."""

from pathlib import Path

import pytest

from dispatch_server.runtime.keys import KeyExposed, KeyRing
from dispatch_server.runtime.world import World


def ring(folder: Path) -> KeyRing:
    ring = KeyRing(folder, World())
    ring.open()
    return ring


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    made = ring(tmp_path / "var").secret("metrics")
    assert len(made.reveal()) == 64
    assert ring(tmp_path / "var").secret("metrics") == made
    assert ring(tmp_path / "other").secret("metrics") != made


def test_folders_and_files_are_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(0o755)
    keys = ring(tmp_path / "var")
    keys.secret("metrics")
    for path in (tmp_path / "var", keys.folder, keys.folder / "metrics"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_key_that_others_could_have_read_is_refused(tmp_path: Path) -> None:
    keys = ring(tmp_path / "var")
    keys.secret("metrics")
    (keys.folder / "metrics").chmod(0o644)
    with pytest.raises(KeyExposed, match="chmod"):
        keys.secret("metrics")


def test_other_kinds_of_keys_are_made_by_whoever_needs_them(tmp_path: Path) -> None:
    keys = ring(tmp_path / "var")
    assert keys.bytes_of("evidence", lambda: b"one") == b"one"
    assert keys.bytes_of("evidence", lambda: b"two") == b"one"
