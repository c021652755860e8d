"""What exports ask of others: keys, the ledger's acts, who is who, and which recordings belong together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dispatch_server.archive.exports.model import Of
from dispatch_server.archive.model import Recording
from dispatch_server.archive.seals.model import Findings
from dispatch_server.kit.scope import Scope


class EvidenceKeyPort(Protocol):
    """The node's evidence key (Ed25519)."""

    @property
    def thumbprint(self) -> str: ...

    @property
    def jwk(self) -> Mapping[str, Any]: ...

    def sign(self, data: bytes) -> bytes: ...

    def jwks(self) -> Sequence[Mapping[str, Any]]:
        """All public keys of this node, oldest first: what an earlier one sealed is proved by it."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is told of an enforcement or a case: plain JSON, and lines for the data sheet."""

    title: str = ""
    officers: tuple[str, ...] = ()
    coverage: tuple[Mapping[str, Any], ...] = ()  # from_utc_us, to_utc_us, kind live|backfilled|missing, reason, source
    steps: tuple[Mapping[str, Any], ...] = ()  # utc_us, text
    notes: tuple[Mapping[str, Any], ...] = field(default=())  # utc_us, text, by


class SubjectPort(Protocol):
    """Who knows enforcements and cases."""

    async def recordings_of(self, of: Of, subject: str, scope: Scope) -> Sequence[str]:
        """Ids. Raises Absent for a subject that is not there, or not for this person."""

    async def story_of(self, of: Of, subject: str) -> Story: ...


class CustodyPort(Protocol):
    """The ledger of acts."""

    async def acts_about(self, subjects: Sequence[str]) -> dict[str, Any]:
        """`head` (a signed head's form) and `acts`, each `line` and `proof`; oldest first, bounded."""


class OriginalsPort(Protocol):
    """Who reads originals against their seals, the register's keys and the database."""

    async def lacking(self, recording: Recording) -> Sequence[int]:
        """Segments that are still to come."""

    async def read(self, recording: Recording) -> Findings:
        """Every byte. What is found is kept, and told where alarms are told. Raises OSError, DispatchError."""


class PeoplePort(Protocol):
    async def knows(self, person_id: str) -> bool: ...
