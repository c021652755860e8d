"""The walk that the README prints: every command of it works as printed, and at its end the enforcement is finished."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dispatch_server.enforcement.shown import list_shown
from dispatch_server.enforcement.step_file import read_steps
from terminals.enforcement import known
from terminals.enforcement.commands import enforcement
from terminals.enforcement.outbox import Outbox
from tests.integration.terminals.footage import device
from tests.unit.terminals.enforcement.told import choices

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ".venv/bin/dispatch-terminal enforcement "


def walk(name: str) -> list[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [line.removeprefix(PROGRAM) for line in lines if line.startswith(PROGRAM)]


def test_both_languages_print_the_same_walk() -> None:
    assert walk("README.md") == walk("README.zh-CN.md") and len(walk("README.md")) >= 7


def test_the_printed_walk_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    device().write(tmp_path / "key.json")
    own = f"server:\n  device_key_file: {tmp_path / 'key.json'}\nmaster:\n  reserve_hours: 0.01\n"
    (tmp_path / "terminal.yaml").write_text(own)
    outbox = Outbox(tmp_path / "master" / "enforcement")
    steps = read_steps((ROOT / "config" / "recording_steps.yaml").read_text("utf-8"), "recording_steps.yaml")
    known.keep(outbox.folder, choices().model_copy(update={"steps": list_shown(steps)}))
    codes = []
    for line in walk("README.md"):
        result = CliRunner().invoke(enforcement, shlex.split(line))
        codes.append((line.split()[0], result.exit_code))
    assert codes[:-2] == [(what, 0) for what, _ in codes[:-2]]
    assert codes[-2:] == [("finish", 2), ("finish", 0)], "the first one only lists what is lacking"
    assert known.course(outbox).state == "finished"
