"""A machine that lacks something is told so before anything is done, with the cure in one line."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PYTHONS = ("python3", "python3.11", "python3.12", "python3.13")
# Old: fails whatever it is asked but its version. No venv: new enough, but Debian's package is missing.
OLD_PYTHON = 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac'
NO_VENV = 'case "$*" in *ensurepip*) exit 1;; *) exit 0;; esac'
OLD_NODE = 'case "$1" in --version) echo v18.20.4;; *) exit 1;; esac'
GOOD = "exit 0"


def setup_with(folder: Path, programs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`scripts/setup` on a machine that has these programs, beside the most ordinary ones, and nothing else."""
    for name, body in programs.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
    for name in ("bash", "cat", "cut", "dirname", "env", "sha256sum"):
        found = next(Path(place) / name for place in ("/bin", "/usr/bin") if (Path(place) / name).exists())
        (folder / name).symlink_to(found)
    environment = {"PATH": str(folder), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        ["bash", ROOT / "scripts" / "setup"], env=environment, capture_output=True, text=True, timeout=20
    )


@pytest.mark.parametrize(
    ("programs", "lack", "cure"),
    [
        ({}, "Python 3.11 or newer is needed; found: none", "apt install python3 python3-venv"),
        (dict.fromkeys(PYTHONS, OLD_PYTHON), "Python 3.11 or newer is needed; found: Python 3.9.2", "PYTHON="),
        ({"python3": NO_VENV}, "has no venv module", "apt install python3-venv"),
        ({"python3": GOOD}, "Node.js 20.19 or newer is needed; none", "n 22"),
        ({"python3": GOOD, "node": OLD_NODE}, "Node.js 20.19 or newer is needed; found v18.20.4", "nvm install 22"),
        ({"python3": GOOD, "node": GOOD}, "npm was not found", "apt install npm"),
    ],
)
def test_what_is_missing_is_named_with_its_cure(tmp_path: Path, programs: dict[str, str], lack: str, cure: str) -> None:
    done = setup_with(tmp_path, programs)
    assert done.returncode == 1
    first, second = done.stderr.strip().splitlines()
    assert lack in first
    assert second.strip().startswith("cure:")
    assert cure in second
