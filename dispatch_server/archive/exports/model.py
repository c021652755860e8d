"""The life of an export, what its package consists of, and what is told about it."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable


class State(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"  # by another person; its files are read and digested now, or their seal is waited for
    READY = "ready"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FAILED = "failed"  # an original could not be read, or was never sealed


class Happening(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"
    PREPARE = "prepare"
    FAIL = "fail"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


LIFE = StateTable(
    first=State.REQUESTED,
    moves={
        (State.REQUESTED, Happening.APPROVE): State.APPROVED,
        (State.REQUESTED, Happening.REFUSE): State.REFUSED,
        (State.APPROVED, Happening.PREPARE): State.READY,
        (State.APPROVED, Happening.FAIL): State.FAILED,
        (State.REQUESTED, Happening.WITHDRAW): State.WITHDRAWN,
        (State.APPROVED, Happening.WITHDRAW): State.WITHDRAWN,
        (State.READY, Happening.WITHDRAW): State.WITHDRAWN,
        (State.REQUESTED, Happening.EXPIRE): State.EXPIRED,
        (State.APPROVED, Happening.EXPIRE): State.EXPIRED,
        (State.READY, Happening.EXPIRE): State.EXPIRED,
    },
    final=frozenset({State.REFUSED, State.WITHDRAWN, State.EXPIRED, State.FAILED}),
)


class Mode(StrEnum):
    VIEW = "view"  # it may be played for a while, and no file leaves
    DOWNLOAD = "download"


class Of(StrEnum):
    """What was asked for."""

    RECORDINGS = "recordings"
    ENFORCEMENT = "enforcement"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody wants to have, for what, and for whom."""

    of: Of
    subject: str  # id of the enforcement or case; empty for recordings
    recordings: tuple[str, ...]
    mode: Mode
    purpose: str
    recipient: str
    viewer: str  # person who may play it, beside the one who asks; empty: nobody else
    hours: int  # that it stays ready
    downloads: int  # that it may be fetched


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A recording of what was asked for that is not in the package. `why`: `open` or `purged`, as it was then."""

    recording_id: str
    why: str


@dataclass(slots=True)
class Export:
    """`department` is the smallest subtree in which all its recordings lie."""

    id: str
    department: str
    asking: Asking
    requested_by: str
    requested_name: str
    requested_utc_us: int
    ends_utc_us: int  # of waiting for a decision; of being ready, once it is
    state: State = LIFE.first
    decided_by: str = ""
    decided_name: str = ""
    decided_utc_us: int = 0
    reason: str = ""  # of the last decision
    note: str = ""  # what it waits for, or why it failed
    ready_utc_us: int = 0
    bytes: int = 0  # of the package
    layout: str = ""  # key of the object that lists the package's files
    layout_digest: str = ""  # SHA-256, hex
    manifest_digest: str = ""  # SHA-256, hex: to be compared by whoever gets the package
    fetched: int = 0  # downloads that began
    left_out: tuple[LeftOut, ...] = ()
    sent_bytes: int = 0  # of packages; counted by ExportStore.add_sent alone

    def happens(self, what: Happening) -> None:
        self.state = LIFE.after(self.state, what)

    def is_over_at(self, utc_us: int) -> bool:
        return utc_us >= self.ends_utc_us and LIFE.allows(self.state, Happening.EXPIRE)

    def subjects(self) -> tuple[str, ...]:
        """What the ledger calls all that it is about."""
        own = (f"export:{self.id}", *(f"recording:{one}" for one in self.asking.recordings))
        return own if self.asking.of is Of.RECORDINGS else (f"{self.asking.of}:{self.asking.subject}", *own)


def smallest_subtree(departments: tuple[str, ...]) -> str:
    """The path of the lowest department that all of these lie in or below; empty is the county."""
    split = [one.split("/") for one in departments if one]
    if len(split) < len(departments) or not split:
        return ""
    common = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    return "/".join(common)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChanged(Event):
    export_id: str
    department: str
    state: str
    requested_by: str


@dataclass(slots=True)
class Link:
    """A way to fetch a package, for the sign-in that took it and for a while. `digest`: of its secret."""

    digest: str
    export_id: str
    session: str
    person: str
    until_utc_us: int
    starts: int = 0
    resumptions: int = 0
