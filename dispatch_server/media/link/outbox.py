"""The arena that all outgoing datagrams of a node are written to, one after the other, until they are spilled."""

from collections.abc import Callable

from pylibsrtp._binding import ffi

Address = tuple[str, int] | tuple[str, int, str]  # UDP: (host, port); TCP: (host, port, "tcp")

# One run: datagrams that lie back to back in the arena and go to one address: (destination, offset, sizes).
Run = tuple[Address, int, list[int]]
Spill = Callable[["Outbox"], None]

CAPACITY_BYTES = 512 * 1024
LARGEST_DATAGRAM = 1500
# Room that SRTP may append behind a packet: tag 16, SRTCP index 4, MKI none (RFC 7714, RFC 3711).
TRAILER_BYTES = 32


class Outbox:
    """
    Collects datagrams without copying them again.

    SRTP encrypts in place, so a packet is built once, where the socket sends it from. `spill` is called when the
    arena is full and by the owner at the end of a batch; it must read `buffer` and `runs` before it returns.
    """

    __slots__ = ("base", "buffer", "limit", "runs", "spill_to", "used")

    def __init__(self, spill_to: Spill, capacity_bytes: int = CAPACITY_BYTES) -> None:
        self.buffer = bytearray(capacity_bytes)
        self.base = ffi.from_buffer("char[]", self.buffer)
        self.limit = capacity_bytes - LARGEST_DATAGRAM - TRAILER_BYTES
        self.used = 0
        self.runs: list[Run] = []
        self.spill_to = spill_to

    def put(self, datagram: bytes, destination: Address) -> None:
        """Queue one finished datagram (STUN, DTLS, SRTCP)."""
        if self.used > self.limit:
            self.spill()
        start = self.used
        self.buffer[start : start + len(datagram)] = datagram
        self.used = start + len(datagram)
        self.runs.append((destination, start, [len(datagram)]))

    def spill(self) -> None:
        """Hand everything over and start again at the front."""
        if self.runs:
            self.spill_to(self)
            self.runs.clear()
        self.used = 0
