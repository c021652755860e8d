"""The terminal's doctor against a real server: media gets through, or is told apart from everything that does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.ops.program import ROOT, ready, serving

pytestmark = pytest.mark.timeout(240)  # starts whole programs


def doctor(folder: Path, url: str, key: str) -> "subprocess.CompletedProcess[str]":
    number = "T0101" if not key else key.partition(" ")[0]
    (folder / "key").write_text(key.partition(" ")[2])
    (folder / "key").chmod(0o600)
    (folder / "terminal.yaml").write_text(
        f"server:\n  url: {url}\n  terminal: {number}\n  publish_key_file: {folder / 'key'}\n"
    )
    command = [sys.executable, "-m", "terminals", "doctor", "--config", str(folder / "terminal.yaml")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)


@pytest.mark.parametrize(
    ("announced", "code", "words"),
    [
        ("127.0.0.1", 0, ["media over udp gets through", "media over tcp gets through"]),
        ("203.0.113.1", 1, ["no answer over udp", "no answer over tcp", "media does not reach the server at all"]),
    ],
)
def test_media_that_gets_through_and_that_does_not(tmp_path: Path, announced: str, code: int, words: list[str]) -> None:
    with serving(tmp_path, "dev", "--port", "0", DISPATCH__MEDIA__ANNOUNCED_ADDRESSES=announced) as process:
        url = ready(tmp_path, process)
        entry = json.loads((tmp_path / "var" / "terminals.json").read_text())[0]
        done = doctor(tmp_path, url, f"{entry['number']} {entry['publish_key']}")
        assert done.returncode == code, done.stdout + done.stderr
        assert [word for word in words if word not in done.stdout] == [], done.stdout
        refused = doctor(tmp_path, url, f"{entry['number']} pk_{'x' * 40}")
        assert refused.returncode == 1 and "the server refuses this terminal" in refused.stdout
