"""The exported ledger: one file of canonical JSON lines, heads first, then every act, closed by a signature."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dispatch_server.audit.canonical import canonical
from dispatch_server.audit.model import SIGNATURE_ALGORITHM, SignedHead
from dispatch_server.audit.signing import Signer
from dispatch_server.audit.store import LedgerStore
from dispatch_server.audit.tree import ALGORITHM

EXPORT_FORM = "dispatch-ledger-export/1"
END_FORM = "dispatch-ledger-export-end/1"
PAGE = 500


@dataclass(frozen=True, slots=True)
class Exporter:
    """`sign` makes a head over all that is there, so that every exported line is covered by one."""

    store: LedgerStore
    signer: Callable[[], Signer]
    sign: Callable[[], Any]

    async def parts(self) -> AsyncIterator[bytes]:
        """The file in pieces. Each is read in a transaction of its own: lines never change, so they fit together."""
        newest: SignedHead = await self.sign()
        digest = sha256()
        async for part in self._content(newest):
            digest.update(part)
            yield part
        yield end_line(digest.digest(), self.signer())

    async def _content(self, newest: SignedHead) -> AsyncIterator[bytes]:
        yield canonical(header_form(newest)) + b"\n"
        for after in range(0, newest.number, PAGE):
            async with self.store.database.reading() as connection:
                heads = await self.store.heads(connection, after, min(PAGE, newest.number - after))
            yield b"".join(canonical(head.form()) + b"\n" for head in heads)
        for begin in range(0, newest.size, PAGE):
            async with self.store.database.reading() as connection:
                lines = await self.store.lines(connection, begin, min(begin + PAGE, newest.size))
            yield b"".join(line + b"\n" for line in lines)


def header_form(newest: SignedHead) -> dict[str, Any]:
    """The first line: what follows, by the newest head."""
    return {
        "form": EXPORT_FORM,
        "tree": ALGORITHM,
        "log_id": newest.log_id,
        "size": newest.size,
        "heads": newest.number,
        "utc_us": newest.utc_us,
    }


def end_line(digest: bytes, signer: Signer) -> bytes:
    """Over the digest of all bytes before it."""
    form = end_form(digest, signer.key)
    return canonical({**form, "signature": signer.sign(canonical(form)).hex()}) + b"\n"


def end_form(digest: bytes, key: bytes) -> dict[str, Any]:
    """What the last line's signature is made over."""
    return {"form": END_FORM, "algorithm": SIGNATURE_ALGORITHM, "sha256": digest.hex(), "key": key.hex()}
