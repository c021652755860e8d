"""What stands in place of a destroyed recording: what it was, who decided, and since when its files are gone (pure)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from dispatch_server.protocol.footage import MalformedFootage

TOMBSTONE = "tombstone.json"
FORM = "dispatch.recording.tombstone.v1"
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Tombstone:
    """
    Written before anything is removed, with `removed_utc_us` 0: it announces. Only once the files are gone for good it
    is written again with the time, so that it never calls gone what is still there.
    """

    form: str
    recording: str
    department: str
    source: str
    opened_utc_us: int
    ended_utc_us: int
    bytes: int
    fragments: int
    chain: str  # head of the chain, as its end and its seal say
    seal: str  # signature of the seal, hex
    seal_key: str
    rule: str
    kept_until_utc_us: int
    list: str
    made_by: str
    approved_by: Sequence[str]  # "id name (role)", in the order of their approvals
    decided_utc_us: int
    removed_utc_us: int = 0

    @property
    def is_over(self) -> bool:
        return self.removed_utc_us > 0


def write_tombstone(tombstone: Tombstone) -> bytes:
    return json.dumps(asdict(tombstone), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def read_tombstone(data: bytes) -> Tombstone:
    """Raises MalformedFootage."""
    try:
        plain = json.loads(data) if len(data) <= MOST_BYTES else None
    except (ValueError, RecursionError) as error:
        raise MalformedFootage("the tombstone is not JSON") from error
    kinds = {one.name: list if one.name == "approved_by" else one.type for one in fields(Tombstone)}
    if not isinstance(plain, dict) or plain.keys() != kinds.keys():
        raise MalformedFootage("the tombstone has not its fields")
    if any(type(plain[name]) is not kind for name, kind in kinds.items()) or plain["form"] != FORM:
        raise MalformedFootage("the tombstone is of another form")
    return Tombstone(**plain | {"approved_by": tuple(map(str, plain["approved_by"]))})
