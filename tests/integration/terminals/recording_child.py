"""A process that records until it is killed, and says what it was told is durable: run by test_master_crash."""

import os
import sys
import time
from pathlib import Path

from dispatch_server.protocol.footage import FragmentEntry
from terminals.device_key import DeviceKey
from terminals.master.disk import AppendFile, OwnDisk
from terminals.master.master import Master, Wish
from terminals.master.writer import MasterWriter, _Open
from tests.integration.terminals.footage import ServerSide, master_in, units

MOST_WAITING = 100


class Cached:
    """What a disk without fdatasync does at a power cut: whatever was not synced is gone."""

    def __init__(self, file: AppendFile) -> None:
        self._file, self._waiting = file, b""

    def append(self, data: bytes) -> None:
        self._waiting += data

    def sync(self) -> None:
        data, self._waiting = self._waiting, b""
        # In small pieces, so that a kill falls into the middle of them as well.
        for at in range(0, len(data), 512):
            self._file.append(data[at : at + 512])
        self._file.sync()

    def cut(self, size: int) -> None:
        self._file.cut(size)

    def close(self) -> None:
        self._file.close()  # what waits is lost


class CachedDisk(OwnDisk):
    def create(self, path: Path) -> AppendFile:
        return Cached(super().create(path))


def reversed_order(self: MasterWriter, segment: _Open, sealed: bytes, lines: bytes) -> None:
    """The fault: a line before what it describes."""
    segment.index.append(lines)
    segment.index.sync()
    segment.media.append(sealed)
    segment.media.sync()


def no_sync(self: MasterWriter, segment: _Open, sealed: bytes, lines: bytes) -> None:
    """The fault: announced, and never synced."""
    segment.media.append(sealed)
    segment.index.append(lines)


FAULTS = {"reversed": reversed_order, "no sync": no_sync}


def main(root: Path, key_file: Path, footage: str, fault: str) -> None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if fault:
        MasterWriter._make_durable = FAULTS[fault]  # type: ignore[method-assign]
    server = ServerSide(footage=X25519PrivateKey.from_private_bytes(bytes.fromhex(footage)))
    master = master_in(root, server, DeviceKey.read(key_file), CachedDisk(), segment_s=2)
    announce = Master._kept

    def told(self: Master, segment: int, entry: FragmentEntry) -> None:
        announce(self, segment, entry)
        os.write(1, f"{entry.number}\n".encode())

    Master._kept = told  # type: ignore[method-assign]
    master.wish = Wish()
    master.start()
    lap_s = 12
    while True:
        for layer, nals, ticks, is_key in units(lap_s):
            master.take(layer, nals, ticks, is_key)
            while len(master._keeper._queue) > MOST_WAITING:  # a camera waits for nobody, yet never runs so far ahead
                time.sleep(0.001)
        master.wish = None
        master.take(*units(lap_s)[0])
        master.wish = Wish()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else "")
