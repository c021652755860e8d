"""What is told of each file of a package: SHA-256, SM3, CRC-32, and a SHA-256 of each slice, in one pass."""

import hashlib
import os
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SLICE_BYTES = 4 << 20  # a browser digests only what it holds whole
STEP_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Digests:
    """`slices` only of a file that is longer than one."""

    bytes: int
    crc32: int
    sha256: str
    sm3: str  # empty when it was not asked for
    slices: tuple[str, ...]


@dataclass(slots=True)
class Digesting:
    """`step` until it says that all is read; then `result`."""

    path: Path
    with_sm3: bool
    at: int = 0
    crc32: int = 0
    slices: list[str] = field(default_factory=list)
    sha256: Any = field(default_factory=hashlib.sha256)
    sm3: Any = None

    def __post_init__(self) -> None:
        self.sm3 = hashlib.new("sm3") if self.with_sm3 else None

    def step(self) -> bool:
        """Reads some more; True at the end of the file. Blocks. Raises OSError, also for a link or a device."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            for _ in range(STEP_BYTES // SLICE_BYTES):
                data = os.pread(descriptor, SLICE_BYTES, self.at)
                self.take(data)
                if len(data) < SLICE_BYTES:
                    return True
            return False
        finally:
            os.close(descriptor)

    def take(self, data: bytes) -> None:
        if not data:
            return
        self.at += len(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self.sha256.update(data)
        self.slices.append(hashlib.sha256(data).hexdigest())
        if self.sm3 is not None:
            self.sm3.update(data)

    def result(self) -> Digests:
        slices = tuple(self.slices) if self.at > SLICE_BYTES else ()
        sm3 = self.sm3.hexdigest() if self.sm3 is not None else ""
        return Digests(self.at, self.crc32, self.sha256.hexdigest(), sm3, slices)


def digests_of(data: bytes, with_sm3: bool) -> Digests:
    """Of what is held already."""
    found = Digesting(Path(), with_sm3)
    for at in range(0, len(data), SLICE_BYTES):
        found.take(data[at : at + SLICE_BYTES])
    return found.result()
