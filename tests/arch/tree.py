"""The project's own files, as the rules of this folder read them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("dispatch_server", "terminals", "scripts", "bench")
CONSOLE = "web_console/src"


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(sorted(Path(name) for name in set(listed.split("\0")) if name and (ROOT / name).is_file()))


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
