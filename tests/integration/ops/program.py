"""The server's program as tests run it: settings by variables, its log in a file of the test's folder."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import until

ROOT = Path(__file__).parents[3]
ORGANISATION = ("enforcement_items.yaml", "officers.yaml")
START_S = 60.0
STOP_S = 20.0


def environment(folder: Path, **more: str) -> dict[str, str]:
    settings = {
        "DISPATCH__DATA_FOLDER": str(folder / "var"),
        "DISPATCH__MEDIA__UDP_PORT": "0",
        "DISPATCH__MEDIA__TCP_PORT": "0",
        "DISPATCH__LOG__FORMAT": "json",
        "DISPATCH__DEPARTMENTS_FILE": str(ROOT / "config" / "departments.yaml"),
        "DISPATCH__ORGANISATION_FILES": ",".join(str(ROOT / "config" / name) for name in ORGANISATION),
        "DISPATCH__RECORDING_STEPS_FILE": str(ROOT / "config" / "recording_steps.yaml"),
        "PYTHONPATH": str(ROOT),
    }
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **settings, **more}


def run(folder: Path, *words: str, typed: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dispatch_server", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(folder, **more),
        input=typed,
        capture_output=True,
        text=True,
        timeout=START_S,
    )


@contextmanager
def serving(folder: Path, *words: str, **more: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "dispatch_server", *words]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder, **more), stderr=log, stdout=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(STOP_S)


def lines(folder: Path) -> list[dict[str, object]]:
    found = []
    for line in (folder / "log").read_text().splitlines():
        if line.startswith("{"):
            found.append(json.loads(line))
    return found


def ready(folder: Path, process: "subprocess.Popen[bytes]") -> str:
    def address() -> str:
        assert process.poll() is None, (folder / "log").read_text()
        return next((str(line["url"]) for line in lines(folder) if line["event"] == "ready"), "")

    return until(address, START_S)
