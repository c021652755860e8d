"""Starts the server in development mode and its simulated terminals, and ends both together."""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 30.0
END_WITHIN_S = 10.0
PR_SET_PDEATHSIG = 1
MEDIA_ABOVE = 109  # 8080 → 8189, so that two platforms side by side differ in one number only


class Stop(Exception):
    """Why nothing (more) runs, in words for the person at the keyboard."""


def holder_of(port: int, kind: str) -> str:
    """Who has the port, as far as this user may see it."""
    for connection in psutil.net_connections(kind=kind):
        listens = kind == "udp" or connection.status == psutil.CONN_LISTEN
        if connection.laddr and connection.laddr.port == port and listens and connection.pid:
            process = psutil.Process(connection.pid)
            return f"{process.name()} (process {process.pid}: {' '.join(process.cmdline())[:80]})"
    return "a program of another user"


def require_free(port: int, kind: str, cure: str) -> None:
    number = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, number) as probe:
        if kind == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Stop(f"Port {port} needs root.\n  cure: {cure}") from None
        except OSError:
            raise Stop(f"Port {port}/{kind} is taken by {holder_of(port, kind)}.\n  cure: {cure}") from None


def dies_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def child(name: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, so that Ctrl-C reaches it through us and in order."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, start_new_session=True, preexec_fn=dies_with_parent
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            print(f"The {name} did not end within {END_WITHIN_S:.0f} s and was killed.", flush=True)
            process.kill()
            process.wait()


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while not is_ready(url):
        if server.poll() is not None:
            raise Stop("The server ended before it was ready; its last lines above say why.")
        if time.monotonic() > until:
            raise Stop(f"The server was not ready within {READY_WITHIN_S:.0f} s; look for it at {url}/readyz")
        time.sleep(0.05)


def wait_for_the_first_end(programs: dict[str, subprocess.Popen[bytes]]) -> None:
    while True:
        for name, process in programs.items():
            if process.poll() is not None:
                raise Stop(f"The {name} ended by itself (code {process.returncode}).")
        time.sleep(0.2)


def environment(port: int, media_port: int, data: Path) -> dict[str, str]:
    """What both programs are told; it beats config/server.yaml, as any variable does."""
    return {
        "DISPATCH__DATA_FOLDER": str(data),
        "DISPATCH__SERVER__PORT": str(port),
        "DISPATCH__MEDIA__UDP_PORT": str(media_port),
        "DISPATCH__MEDIA__TCP_PORT": str(media_port),
    }


def run(port: int, terminals: int, data: Path) -> None:
    media_port = port + MEDIA_ABOVE
    cure = f"end that program, or take other ports: make run PORT={port + 1000}"
    for number, kind in ((port, "tcp"), (media_port, "tcp"), (media_port, "udp")):
        require_free(number, kind, cure)
    os.environ.update(environment(port, media_port, data))
    url = f"http://127.0.0.1:{port}"
    link = data / "sign-in-link.txt"
    link.unlink(missing_ok=True)
    with child("server", "dispatch_server", "dev") as server:
        wait_until_ready(server, url)
        print(f"\n  console   {url}\n  sign in   {read(link) or url}\n  Ctrl-C ends everything.\n", flush=True)
        if has_screen():
            webbrowser.open(read(link) or url)
        if terminals == 0:
            wait_for_the_first_end({"server": server})
        where = ("--server", url, "--keys", str(data / "terminals.json"))
        with child("terminals", "terminals", "simulate", "--count", str(terminals), *where) as field:
            wait_for_the_first_end({"server": server, "terminals": field})


def has_screen() -> bool:
    """Whether a person sits here whose browser may be opened; root's may not."""
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"
    return bool(screen) and sys.stdout.isatty() and os.geteuid() != 0


def read(link: Path) -> str:
    return link.read_text().strip() if link.exists() else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help=f"of the pages; media takes the one {MEDIA_ABOVE} above")
    parser.add_argument("--terminals", type=int, default=4, help="how many simulated terminals stream")
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="where everything is kept")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # both, also where a shell started this in the background
        signal.signal(number, signal.default_int_handler)
    try:
        run(options.port, options.terminals, options.data.absolute())
    except KeyboardInterrupt:
        return 0
    except Stop as why:
        print(f"\n{why}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
