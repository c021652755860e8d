"""When a port is taken, `make run` says by whom and how to go on, and starts nothing."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def run(port: int, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/run.py", "--port", str(port), "--terminals", "0", "--data", str(data)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize(
    ("kind", "above"), [(socket.SOCK_STREAM, 0), (socket.SOCK_DGRAM, 109), (socket.SOCK_STREAM, 109)]
)
def test_the_holder_of_a_port_is_named(
    free_port: Callable[[], int], data_folder: Path, kind: socket.SocketKind, above: int
) -> None:
    port = free_port()
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", port + above))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        done = run(port, data_folder)
    assert done.returncode == 1
    name = "udp" if kind == socket.SOCK_DGRAM else "tcp"
    assert f"Port {port + above}/{name} is taken by" in done.stderr
    assert f"process {os.getpid()}" in done.stderr
    assert f"make run PORT={port + 1000}" in done.stderr
    assert list(data_folder.iterdir()) == []
