"""The SM3 chain (GB/T 32905-2016) that runs beside the SHA-256 one: a line for each line of the index."""

from collections.abc import Iterable

from cryptography.hazmat.primitives.hashes import SM3, Hash

from dispatch_server.protocol.footage import GENESIS, Entry, canonical


def sm3(*parts: bytes) -> bytes:
    made = Hash(SM3())
    for part in parts:
        made.update(part)
    return made.finalize()


def second_name(number: int) -> str:
    return f"{number:06}.sm3"


class SecondChain:
    """`chain` is SM3(chain before ‖ digest ‖ canonical metadata), through all segments of one recording."""

    def __init__(self) -> None:
        self.chain = GENESIS

    def file(self, entries: Iterable[tuple[Entry, bytes]]) -> bytes:
        """The content of a segment's file, of its entries with the SM3 digest of what each describes."""
        lines = []
        for entry, digest in entries:
            self.chain = sm3(self.chain, digest, canonical(entry))
            lines.append(b'{"chain":"%b","digest":"%b"}\n' % (self.chain.hex().encode(), digest.hex().encode()))
        return b"".join(lines)
