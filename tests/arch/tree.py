"""The project's own files, as the rules of this folder read them."""

import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("dispatch_server", "terminals", "scripts", "bench")
CONSOLE = "web_console/src"


MADE = {
    ".git",
    ".venv",
    "node_modules",
    "dist",
    "var",
    "build",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
}


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    names = [Path(name) for name in listed.stdout.split("\0") if name] if listed.returncode == 0 else walked()
    return tuple(sorted({path for path in names if (ROOT / path).is_file()}))


def walked() -> list[Path]:
    """The same for a folder that came without its history."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in MADE]
        found += [(Path(folder) / name).relative_to(ROOT) for name in files]
    return found


def under(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    """Kept files of these kinds in these folders."""
    return [
        path
        for path in kept_files()
        if path.suffix in suffixes and any(path.is_relative_to(folder) for folder in folders)
    ]


def text_of(path: Path) -> str | None:
    """A file's text, or None for a picture and the like."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
