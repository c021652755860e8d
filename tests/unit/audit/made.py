"""Ledgers made without a database: acts, the heads over them, and the exported file."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from dispatch_server.audit.canonical import canonical
from dispatch_server.audit.export import end_line, header_form
from dispatch_server.audit.model import SignedHead, line_of
from dispatch_server.audit.signing import Signer
from dispatch_server.audit.sources import Outside, examine
from dispatch_server.audit.tree import Frontier, leaf_hash
from dispatch_server.audit.verify import Report
from dispatch_server.kit.acts import Act
from dispatch_server.kit.ids import uuid7

LOG_ID = "ab" * 16
UTC_US = 1_790_000_000_000_000
SIGNER = Signer(b"k" * 32)
STRANGER = Signer(b"s" * 32)


def act(number: int, **more: object) -> Act:
    fields: dict[str, object] = {
        "identity": uuid7(UTC_US // 1000 + number, number.to_bytes(10, "big")),
        "utc_us": UTC_US + number * 1_000_000,
        "actor": f"person:p{number % 3}",
        "actor_name": "李娜",
        "action": "recording.play",
        "subject": f"recording:{number}",
        "department": "13/02",
        "detail": {"reason": "复核", "number": number},
    }
    return Act(**{**fields, **more})  # type: ignore[arg-type]


@dataclass
class Made:
    """A ledger of these acts whose head was signed at these sizes and at its end."""

    acts: list[Act]
    sizes: tuple[int, ...] = ()
    signer: Signer = SIGNER
    lines: list[bytes] = field(init=False)
    heads: list[SignedHead] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = [line_of(index, one) for index, one in enumerate(self.acts)]
        self.heads = []
        frontier = Frontier()
        for size in range(len(self.lines) + 1):
            if size in self.sizes or size == len(self.lines):
                number = len(self.heads) + 1
                self.heads.append(self.signer.head(LOG_ID, number, size, frontier.root(), UTC_US + size))
            if size < len(self.lines):
                frontier.push(leaf_hash(self.lines[size]))

    def export(self) -> bytes:
        rows = [canonical(header_form(self.heads[-1])), *(canonical(head.form()) for head in self.heads), *self.lines]
        return closed(b"".join(row + b"\n" for row in rows), self.signer)


def closed(content: bytes, signer: Signer = SIGNER) -> bytes:
    return content + end_line(sha256(content).digest(), signer)


def made(count: int, sizes: tuple[int, ...] = (), signer: Signer = SIGNER) -> Made:
    return Made([act(number) for number in range(count)], sizes, signer)


def report_of(data: bytes, folder: Path, outside: Outside | None = None) -> Report:
    file = folder / "ledger.jsonl"
    file.write_bytes(data)
    return examine(file, outside or Outside())
