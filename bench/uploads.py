"""Uploads of masters: how fast one terminal's segments come in through a real server, until their receipts."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.table import Row
from dispatch_server.protocol.footage import GENESIS
from tests.e2e.node import Node
from tests.e2e.upload_terminal import Terminal, made_segment

AMPLE = {"DISPATCH__ARCHIVE__DISK_REFUSE_PERCENT": "100"}  # whatever else lies on this machine's disk
SLOWEST_MB_PER_S = 20.0  # forty-two terminals' uplinks, at half of 8 Mbit/s each


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def upload_rows(seconds: float, port: int) -> Iterator[Row]:
    segments = max(2, int(seconds))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        node = opened.enter_context(Node(Path(folder) / "data", port, AMPLE))
        assert node.server is not None
        terminal = opened.enter_context(Terminal(node))
        recording, chain = terminal.register(), GENESIS
        sent, took, memory = 0, 0.0, [resident_mb(node.server.pid)]
        for number in range(1, segments + 1):
            index, sealed, chain = made_segment(recording, number, chain, terminal.server)
            begun = time.perf_counter()
            terminal.send(recording, number, index, sealed)
            took += time.perf_counter() - begun
            sent += len(sealed)
            memory.append(resident_mb(node.server.pid))
        standing = terminal.standing(recording)
        assert len(standing["receipts"]) == segments, json.dumps(standing)[:300]
        speed = sent / took / 1e6
        detail = f"{segments} segments of {sent / segments / 1e6:.0f} MB, each until its receipt; synced, checked"
        yield Row(
            "upload, one terminal",
            f"{speed:.0f} MB/s; {detail}",
            f"≥ {SLOWEST_MB_PER_S:g} MB/s",
            speed >= SLOWEST_MB_PER_S,
        )
        yield Row("memory of the server over it", f"{memory[0]:.0f} → {max(memory):.0f} MB")
