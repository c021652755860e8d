"""The link between two veth ends where the kernel has no netem: copies frames through two `Wire`s.

Runs in the middle namespace as `linkemu.py LEFT RIGHT SEED`. Each line of standard input is a JSON object
{"up": {...}, "down": {...}} of `Badness` fields; each is answered by one line with the counts so far.
"""

import json
import random
import select
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.faults.wire import Badness, Wire

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SO_RCVBUFFORCE = 33


def tap(interface: str) -> socket.socket:
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.bind((interface, ETH_P_ALL))
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
    return opened


def take_all(source: socket.socket, wire: Wire) -> None:
    for _ in range(64):
        try:
            frame, address = source.recvfrom(65535)
        except BlockingIOError:
            return
        if address[2] != PACKET_OUTGOING:
            wire.put(frame, time.monotonic())


def pass_on(wire: Wire, target: socket.socket) -> None:
    for frame in wire.due(time.monotonic()):
        try:
            target.send(frame)
        except OSError:
            wire.counts.overflowed += 1


def obey(line: str, up: Wire, down: Wire) -> None:
    for name, fields in json.loads(line).items():
        wire = up if name == "up" else down
        wire.badness = Badness(**fields)
    print(json.dumps({"up": asdict(up.counts), "down": asdict(down.counts)}), flush=True)


def main() -> None:
    left, right = tap(sys.argv[1]), tap(sys.argv[2])
    seed = int(sys.argv[3])
    up, down = Wire(random.Random(seed)), Wire(random.Random(seed + 1))
    print("ready", flush=True)
    while True:
        deadlines = [moment for wire in (up, down) if (moment := wire.deadline()) is not None]
        wait_s = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        for readable in select.select([left, right, sys.stdin], [], [], wait_s)[0]:
            if readable is left:
                take_all(left, up)
            elif readable is right:
                take_all(right, down)
            else:
                line = sys.stdin.readline()
                if not line:
                    return
                obey(line, up, down)
        pass_on(up, right)
        pass_on(down, left)


if __name__ == "__main__":
    main()
