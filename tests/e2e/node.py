"""A real server process with its simulated terminals, and a signed-in client beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.e2e.clips import FOLDER, ROOT, clips_of_first
from tests.waiting import until

READY_S = 55.0
END_S = 15.0


@dataclass(slots=True)
class Node:
    """`with Node(folder, port) as node:` the server is ready inside, and gone after."""

    folder: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    command: str = "dev"
    module: str = "dispatch_server"
    prefix: Sequence[str] = ()  # a command before the program's: ip netns exec, …
    host: str = "127.0.0.1"
    server: subprocess.Popen[bytes] | None = None
    terminals: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _client: httpx2.Client | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()  # nobody calls __exit__ for what was not entered
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8")

    def start(self) -> None:
        """Start (again, over the same folder) and wait until it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.server = self._run("server.log", self.module, self.command, "--port", str(self.port))
        until(self._ready, READY_S, "the server's readiness")

    def _run(self, log: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "DISPATCH__DATA_FOLDER": str(self.folder),
            "DISPATCH__MEDIA__UDP_PORT": "0",
            "DISPATCH__MEDIA__TCP_PORT": "0",
            "DISPATCH__LIVE__POSTS_PER_MINUTE": "1000",
            "DISPATCH__ARCHIVE__DISK_REFUSE_BYTES": "1000000",
            "DISPATCH__ARCHIVE__BALLAST_BYTES": "0",
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                [*self.prefix, sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _ready(self) -> bool:
        if self.server is not None and self.server.poll() is not None:
            raise AssertionError(f"the server ended: {self.log[-2000:]}")
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx2.HTTPError:
            return False

    def simulate(self, count: int, masters: Path | None = None) -> None:
        """Start simulated terminals and wait until they are live; with `masters` they are enrolled and record there."""
        numbers = clips_of_first(self.folder / "terminals.json", count)
        more = [] if masters is None else ["--masters", str(masters), "--codes", str(self._codes(numbers))]
        self.terminals.append(
            self._run(
                "terminals.log",
                "terminals",
                "simulate",
                "--count",
                str(count),
                "--server",
                self.url,
                "--keys",
                str(self.folder / "terminals.json"),
                "--clips",
                str(FOLDER),
                "--local-host",
                self.host,
                "--times",
                str(self.folder / "frame-zero.json"),
                *more,
            )
        )
        until(lambda: len(self.live()) >= count, 60, f"{count} live terminals")

    def _codes(self, numbers: list[str]) -> Path:
        """Enrolment codes, as the console issues them."""
        codes = {}
        for number in numbers:
            issued = self.client().post(f"/api/v1/devices/{number}/enrolment-code")
            assert issued.status_code == 201, issued.text
            codes[number] = issued.json()["code"]
        path = self.folder / "codes.json"
        path.write_text(json.dumps(codes))
        return path

    def kill(self) -> None:
        """As a power cut would, for this process."""
        assert self.server is not None
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(END_S)

    def stop(self) -> None:
        for process in [*self.terminals, self.server]:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(END_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(END_S)
        self.terminals.clear()
        if self._client is not None:
            self._client.close()
            self._client = None

    # -- what a signed-in person asks --------------------------------------------------------------------------

    @property
    def sign_in_link(self) -> str:
        return (self.folder / "sign-in-link.txt").read_text("utf-8").strip()

    def client(self, cookies: Mapping[str, str] | None = None) -> httpx2.Client:
        """Signed in with the one-time link, or by the cookies of a browser that used the link before."""
        if self._client is None:
            client = httpx2.Client(base_url=self.url, timeout=20, headers={"Origin": self.url}, cookies=cookies)
            if cookies is not None:
                self._client = client
                return client
            code = self.sign_in_link.partition("code=")[2]
            answer = client.post("/api/v1/sessions", json={"code": code})
            assert answer.status_code == 201, answer.text
            self._client = client
        return self._client

    def get(self, path: str) -> Any:
        answer = self.client().get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def live(self) -> dict[str, dict[str, Any]]:
        """The streams that are live, by source."""
        streams = self.get("/api/v1/streams")["streams"]
        return {stream["source"]: stream for stream in streams if stream["state"] == "live"}

    def token(self, direction: str, target: str) -> tuple[str, str]:
        """(address, bearer token) for one session."""
        answer = self.client().post("/api/v1/media-tokens", json={"direction": direction, "target": target})
        assert answer.status_code == 201, answer.text
        return self.url + answer.json()["url"], answer.json()["token"]

    def publish_key(self, source: str) -> str:
        entries = json.loads((self.folder / "terminals.json").read_text("utf-8"))
        return str(next(entry["publish_key"] for entry in entries if entry["number"] == source))

    def frame_zero_utc_us(self, source: str) -> int:
        return int(json.loads((self.folder / "frame-zero.json").read_text())[source])


def utc_us() -> int:
    return time.time_ns() // 1000
