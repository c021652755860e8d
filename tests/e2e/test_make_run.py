"""What a newcomer meets: one program starts both, prints a link that signs in, shows terminals live, and ends both."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import is_free
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
MEDIA_ABOVE = 109
START_S = 60.0  # two clips are made first


@pytest.fixture
def port(free_port: Callable[[], int]) -> int:
    """A free port whose media port is free as well."""
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    return next(
        number
        for number in (free_port() for _ in range(50))
        if number + MEDIA_ABOVE < 65536 and all(is_free(number + MEDIA_ABOVE, kind) for kind in kinds)
    )


@pytest.fixture
def running(port: int, data_folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "scripts/run.py", "--port", str(port), "--terminals", "2", "--data", str(data_folder)]
    with (
        (data_folder.parent / "output.txt").open("w") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, text=True) as process,
    ):
        yield process
        if process.poll() is None:
            process.kill()


def printed(data_folder: Path) -> str:
    return (data_folder.parent / "output.txt").read_text()


class Person:
    """Somebody at the browser: remembers the cookie."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self._base}
        request = urllib.request.Request(self._base + path, data, headers)
        with self._opener.open(request, timeout=10) as answer:
            return json.load(answer)


@pytest.mark.timeout(150)
def test_it_starts_shows_and_ends(running: subprocess.Popen[str], port: int, data_folder: Path) -> None:
    link = until(lambda: re.search(r"sign in +(\S+)#code=(\S+)", printed(data_folder)), START_S, "the sign-in link")
    person = Person(port)
    person.ask("/api/v1/sessions", {"code": link.group(2)})

    def live() -> bool:
        streams = person.ask("/api/v1/streams")["streams"]
        return [stream["state"] for stream in streams] == ["live", "live"]

    until(live, START_S, f"two live streams; {printed(data_folder)[-2000:]}")
    children = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGINT)
    assert running.wait(30) == 0, printed(data_folder)[-2000:]
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []
