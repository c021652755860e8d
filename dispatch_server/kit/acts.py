"""One line of the ledger: who did what to which thing, when, from where, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.kit.errors import Unavailable

DetailValue = str | int | bool | None


class LedgerAway(Unavailable):
    """What must be on record cannot be recorded now, so it is not done."""

    def __init__(self) -> None:
        super().__init__("ledger_unavailable", "This cannot be put on record now, so it was not done.", retry_after_s=5)


class Outcome(StrEnum):
    DONE = "done"  # it is done once this line stands: written with the act
    BEGUN = "begun"  # written before it by the guard; what came to nothing has a second line, refused or failed
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    `actor` is `person:ID`, `terminal:NUMBER` or `system`; `action` a name of the registry; `subject` a kind and an id
    (`stream:0190…`), empty where the action says it all; `department` the path of what it is about. `detail` holds
    a few short values that the reader of the ledger needs: never a secret, never a whole document.
    """

    identity: str  # UUIDv7
    utc_us: int
    actor: str
    actor_name: str
    action: str
    subject: str = ""
    department: str = ""
    outcome: Outcome = Outcome.DONE
    address: str = ""  # from where it was asked
    session: str = ""  # of the sign-in
    detail: Mapping[str, DetailValue] = field(default_factory=dict)
