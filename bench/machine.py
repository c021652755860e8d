"""What machine this is, and how fast it is just now: figures of shared machines mean little without."""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from pylibsrtp import Policy

from dispatch_server.media.link.outbox import Outbox
from dispatch_server.media.link.srtp import Srtp

PACKETS = 20_000
BATCH = 7


@dataclass(frozen=True, slots=True)
class Machine:
    processor: str
    cores: int
    system: str
    python: str
    protect_us: float  # our SRTP protection of one packet of 1,150 bytes: the yardstick

    def __str__(self) -> str:
        return (
            f"{self.processor}, {self.cores} cores, {self.system}, Python {self.python}; "
            f"yardstick: SRTP protection of a packet {self.protect_us:.2f} µs"
        )


def this_machine() -> Machine:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return Machine(
        names[0].partition(":")[2].strip() if names else platform.machine(),
        os.cpu_count() or 1,
        f"Linux {platform.release()}",
        platform.python_version(),
        min(protect_us() for _ in range(3)),
    )


def protect_us() -> float:
    """Microseconds of CPU."""
    srtp = Srtp(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, bytes(28), bytes(range(28)))
    outbox = Outbox(lambda _: None)
    payload = bytes(1150)
    header = bytes([0x80, 96]) + bytes(10)
    begun = time.process_time()
    for number in range(PACKETS // BATCH):
        first = number * BATCH
        packets = [(header[:2] + ((first + n) & 0xFFFF).to_bytes(2, "big") + header[4:], payload) for n in range(BATCH)]
        srtp.protect_packets(packets, ("127.0.0.1", 9), outbox)
        outbox.spill()
    return (time.process_time() - begun) / PACKETS * 1e6
