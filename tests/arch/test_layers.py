"""The contracts of pyproject.toml bite: a planted import breaks each of them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.arch.tree import ROOT

PLANTED = {
    "1": ("dispatch_server/kit/states.py", "import dispatch_server.media.router"),
    "2": ("dispatch_server/live/model.py", "import dispatch_server.engine.loop"),
    "3": ("dispatch_server/media/router.py", "import asyncio"),
    "4": ("dispatch_server/media/abilities.py", "import dispatch_server.media.router"),
    "5": ("dispatch_server/live/model.py", "import dispatch_server.live.store"),
    "6": ("dispatch_server/live/model.py", "import pydantic"),
    "7": ("terminals/__init__.py", "import dispatch_server.runtime"),
}


def broken(root: Path) -> set[str]:
    """The numbers of the contracts that do not hold in the tree at `root`."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "", "PYTHONIOENCODING": "utf-8", "COLUMNS": "400"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = set(re.findall(r"^(\d) .*BROKEN", done.stdout, re.MULTILINE))
    kept = set(re.findall(r"^(\d) .*KEPT", done.stdout, re.MULTILINE))
    assert found | kept == set(PLANTED), done.stdout + done.stderr
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("dispatch_server", "terminals"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("*.pyc", "console"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copy: Path) -> None:
    assert broken(copy) == set()


def test_every_contract_breaks_when_it_is_broken(copy: Path) -> None:
    for path, line in PLANTED.values():
        with (copy / path).open("a") as file:
            file.write(f"\n{line}\n")
    assert broken(copy) == set(PLANTED)
