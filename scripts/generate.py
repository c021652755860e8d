"""Writes what is made from the code: settings file, API document, the console's types, drawings; --check compares."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import draw_states  # noqa: E402  (the root must be importable first)

CONSOLE = ROOT / "web_console"
SETTINGS = ROOT / "config" / "server.yaml"
DOCUMENT = CONSOLE / "openapi.json"
TYPES = CONSOLE / "src" / "api" / "schema.d.ts"
GENERATOR = CONSOLE / "node_modules" / ".bin" / "openapi-typescript"


def printed(command: str) -> str:
    """What `dispatch-server COMMAND` prints: the server tells about itself without opening a port or a database."""
    words = [sys.executable, "-m", "dispatch_server", command]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
    if done.returncode:
        sys.exit(f"`python -m dispatch_server {command}` failed; its last words are above.")
    return done.stdout


def console_types(document: str) -> str:
    """TypeScript from the document, by the generator of the console's own packages."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(document)
        file.flush()
        done = subprocess.run([GENERATOR, file.name], cwd=CONSOLE, check=True, capture_output=True, text=True)
    return done.stdout


def wanted() -> dict[Path, str]:
    document = printed("openapi")
    drawings = {draw_states.DRAWINGS / life.file_name: draw_states.drawing(life) for life in draw_states.lives()}
    return {SETTINGS: printed("settings"), DOCUMENT: document, TYPES: console_types(document), **drawings}


def outdated(files: dict[Path, str]) -> list[Path]:
    """Files that differ or are missing, and drawings of tables that are gone."""
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    return sorted([*stale, *(path for path in draw_states.DRAWINGS.glob("*.svg") if path not in files)])


def main() -> int:
    files = wanted()
    stale = outdated(files)
    if "--check" in sys.argv:
        for path in stale:
            print(f"out of date: {path.relative_to(ROOT)}   (cure: make types)")
        return bool(stale)
    for path in stale:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path])
        else:
            path.unlink()
        print(f"  {path.relative_to(ROOT)}")
    print(f"{len(files)} generated files, {len(stale)} changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
