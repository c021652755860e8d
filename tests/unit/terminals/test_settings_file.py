"""The terminal's settings file: current, complete, and strict."""

from itertools import pairwise
from pathlib import Path

import pytest

from terminals.settings import CameraKind, TerminalSettings
from terminals.settings_file import TerminalSettingsWrong, load, read_publish_key, render

ROOT = Path(__file__).resolve().parents[3]
FILE = ROOT / "config" / "terminal.yaml"


def test_the_file_is_what_the_code_writes() -> None:
    assert FILE.read_text("utf-8") == render(), "cure: dispatch-terminal settings > config/terminal.yaml"


def test_it_says_the_defaults_and_comments_every_key() -> None:
    assert load(FILE) == TerminalSettings()
    lines = FILE.read_text("utf-8").splitlines()
    assert [two for one, two in pairwise(lines) if two.startswith("  ") and "#" not in two and "#" not in one] == []


def test_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "terminal.yaml"
    file.write_text("camera:\n  kind: file\nmain:\n  kbps: 900\noverlay:\n")
    monkeypatch.setenv("TERMINAL__CAMERA__KIND", "scene")
    settings = load(file)
    assert (settings.camera.kind, settings.main.kbps, settings.main.fps) == (CameraKind.SCENE, 900, 25)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("camera:\n  knid: file\n", "camera.knid: there is no such key"),
        ("main:\n  width: 33\n", "main.width"),
        ("- a\n", "must be a list of sections"),
        ("a: [\n", "while parsing"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "terminal.yaml"
    file.write_text(text)
    with pytest.raises(TerminalSettingsWrong) as caught:
        load(file)
    assert words in caught.value.sentence


def test_a_misspelt_variable_and_a_missing_file_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TerminalSettingsWrong, match="cannot be read"):
        load(tmp_path / "none.yaml")
    monkeypatch.setenv("TERMINAL__CAMERA__KNID", "scene")
    with pytest.raises(TerminalSettingsWrong, match="TERMINAL__CAMERA__KNID"):
        load(FILE)


def test_a_publish_key_is_read_from_a_file_that_only_its_owner_may_read(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("pk_secret\n")
    file.chmod(0o640)
    with pytest.raises(TerminalSettingsWrong, match="chmod 600"):
        read_publish_key(file)
    file.chmod(0o600)
    assert read_publish_key(file).reveal() == "pk_secret"
    file.write_text("two keys")
    with pytest.raises(TerminalSettingsWrong, match="one publish key"):
        read_publish_key(file)
    with pytest.raises(TerminalSettingsWrong, match="cannot be read"):
        read_publish_key(tmp_path / "none")
