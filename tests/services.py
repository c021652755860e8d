"""Real Redis and PostgreSQL for tests: started in a folder of the test, on a free port, and ended with it."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

START_S = 20.0
STOP_S = 10.0


@dataclass(slots=True)
class Service:
    """A program that a test may kill, stop for a while and start again."""

    name: str
    command: list[str]
    folder: Path
    gentle: bool = field(default=True, init=False)
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=log, stderr=log)

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """As a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(STOP_S)
            self.process = None

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        if self.gentle:
            self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_S)
        self.process = None

    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text(errors="replace")[-2000:]


@dataclass(slots=True)
class Redis(Service):
    port: int = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def cli(self, *words: str) -> str:
        command = ["redis-cli", "-p", str(self.port), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()

    def wait(self) -> None:
        _until(self, lambda: self.cli("ping") == "PONG")


@dataclass(slots=True)
class Postgres(Service):
    binaries: Path = Path()
    user: str = ""
    port: int = 5432

    def url(self, database: str = "postgres") -> str:
        """Over a socket in the test's folder: no port is taken."""
        return f"postgresql+asyncpg://{self.user}@/{database}?host={self.folder}"

    def sql(self, statement: str) -> str:
        command = [str(self.binaries / "psql"), "-h", str(self.folder), "-U", self.user, "-Atqc", statement, "postgres"]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout.strip()

    def is_up(self) -> bool:
        command = [str(self.binaries / "pg_isready"), "-q", "-h", str(self.folder), "-U", self.user]
        return subprocess.run(command, timeout=10, check=False).returncode == 0

    def wait(self) -> None:
        _until(self, self.is_up)

    def _to_server(self, number: int) -> None:
        """The process that we started may be runuser's; the server's own id is in its file."""
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), number)

    def stop(self) -> None:
        self.gentle = False
        self._to_server(signal.SIGINT)  # "fast": SIGTERM would wait for its clients
        Service.stop(self)

    def crash(self) -> None:
        self._to_server(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(STOP_S)
        self.process = None


def _until(service: Service, is_ready: Callable[[], bool]) -> None:
    end = time.monotonic() + START_S
    while not is_ready():
        if time.monotonic() > end or service.process is None or service.process.poll() is not None:
            raise AssertionError(f"{service.name} did not start: {service.log()}")
        time.sleep(0.05)


@contextmanager
def redis(folder: Path, port: int) -> Iterator[Redis]:
    """A Redis of its own, without anything on disk."""
    program = shutil.which("redis-server") or pytest.skip("redis-server is not installed (apt install redis-server)")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    service = Redis("redis", command, folder, port)
    service.start()
    try:
        service.wait()
        yield service
    finally:
        service.stop()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of its own; it refuses to run as root, so root runs it as the package's user."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("postgresql is not installed (apt install postgresql)")
    binaries = found[-1].parent
    as_root = os.geteuid() == 0
    user = "postgres" if as_root else getuser()
    prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
    # Not in pytest's folder: that is closed to other users, and too long for the name of a socket.
    with TemporaryDirectory(prefix="dispatch-pg-") as name:
        folder = Path(name)
        if as_root:
            shutil.chown(folder, "postgres", "postgres")
        data = str(folder / "data")
        initialise = [str(binaries / "initdb"), "-D", data, "-A", "trust", "-E", "UTF8", "-N", "--locale=C", "-U", user]
        subprocess.run([*prefix, *initialise], check=True, capture_output=True, timeout=60, cwd=folder)
        settings = ["listen_addresses=", "fsync=off", "max_connections=30"]
        options = ["-D", data, "-k", str(folder), *(word for one in settings for word in ("-c", one))]
        service = Postgres("postgres", [*prefix, str(binaries / "postgres"), *options], folder, binaries, user)
        service.start()
        try:
            service.wait()
            yield service
        finally:
            service.stop()
