"""Clips for simulated terminals: made once, kept beside those of `make run`."""

import json
import subprocess
import sys
from pathlib import Path

from terminals.clip import clip_path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "var" / "clips"
MAKE_S = 120  # for each clip; it takes two or three on a machine that does nothing else

_MAKE = "import sys, pathlib; from terminals.simulation import ensure_clip; "
_MAKE += "ensure_clip(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))"


def clip_of(number: str, department: str = "测试") -> Path:
    """The terminal's clip; missing ones are made in a process of their own, as OpenCV wants."""
    path = clip_path(FOLDER, number)
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", _MAKE, str(path), number, department, str(sum(number.encode()))]
        subprocess.run(command, cwd=ROOT, check=True, timeout=MAKE_S)
    return path


def clips_of_first(keys: Path, count: int) -> list[str]:
    """Those that `terminals simulate --count` will want; whose they are."""
    entries = json.loads(keys.read_text("utf-8"))
    first = sorted(entries, key=lambda entry: (entry["number"][-2:], entry["number"]))[:count]
    for entry in first:
        clip_of(entry["number"], entry["department"])
    return [entry["number"] for entry in first]
