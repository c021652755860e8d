"""A node as an administrator sets it up in earnest: the commands of README.md, typed in a folder of their own."""

import os
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.e2e.node import END_S, READY_S, ROOT
from tests.waiting import until

HEADING = "## From an empty folder to a terminal that is watched"
LINE = re.compile(r"^\.venv/bin/dispatch-.*$", re.MULTILINE)
FENCE = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND_S = 60.0


def blocks_of_readme() -> list[str]:
    """What the section gives to be typed and written: on the server, the terminal's settings, on the terminal."""
    section = (ROOT / "README.md").read_text("utf-8").partition(HEADING)[2].partition("\n## ")[0]
    return FENCE.findall(section)


def commands_in(block: str) -> list[str]:
    return LINE.findall(block)


def installation(folder: Path) -> Path:
    """A folder in which the program is installed, and nothing else."""
    folder.mkdir(parents=True)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "config").symlink_to(ROOT / "config")
    return folder


@dataclass
class Earnest:
    """One node behind its own certificate, in production mode. `port` is its HTTPS port; media takes any free one."""

    folder: Path
    port: int
    host: str = "127.0.0.1"  # by which consoles and terminals call it
    browsers: list[httpx2.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "dispatch-data"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.data / "tls" / "ca.crt"))

    def client(self) -> httpx2.Client:
        """A browser's: it has the authority, keeps cookies, and says where it comes from."""
        browser = httpx2.Client(base_url=self.url, verify=self.trust, headers={"Origin": self.url}, timeout=20)
        self.browsers.append(browser)
        return browser

    def close(self) -> None:
        for browser in self.browsers:
            browser.close()

    def command(self, line: str, words: Mapping[str, str] | None = None) -> list[str]:
        """A line as the paper has it, with what it leaves open filled in."""
        for name, value in {"HOST:8443": f"{self.host}:{self.port}", **(words or {})}.items():
            line = line.replace(name, value)
        return line.split()

    def run(self, *command: str, typed: str = "", folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
        """To its end; the caller judges the exit code."""
        return subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self._environment(),
            input=typed,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
        )

    def server(self, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
        return self.run(".venv/bin/dispatch-server", *words, typed=typed)

    @contextmanager
    def running(self, log: str, *command: str, folder: Path | None = None) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / log).open("ab") as output:
            process = subprocess.Popen(
                command, cwd=folder or self.folder, env=self._environment(), stdout=output, stderr=output
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(END_S)

    @contextmanager
    def serving(self, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Ready inside."""

        def ready() -> bool:
            assert process.poll() is None, self.log("server.log")
            try:
                return self.asked("/readyz").status_code == 200
            except httpx2.HTTPError:
                return False

        with self.running("server.log", *command) as process:
            until(ready, READY_S, "the server's readiness")
            yield process

    def asked(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}{path}", verify=self.trust, timeout=2)

    def log(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")[-3000:]

    def _environment(self) -> dict[str, str]:
        """Only what several nodes on one small machine need; the rest is as it comes."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("DISPATCH__")},
            "DISPATCH__MEDIA__UDP_PORT": "0",
            "DISPATCH__MEDIA__TCP_PORT": "0",
            "DISPATCH__ARCHIVE__DISK_REFUSE_BYTES": "1000000",
            "DISPATCH__ARCHIVE__BALLAST_BYTES": "0",
        }
