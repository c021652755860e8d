"""What other rooms say of a recording, as this room joins it."""

from dataclasses import dataclass

from dispatch_server.reports.model import NO_COVERAGE, OfficerName


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """`enforcement_id`: what a terminal's master says itself; of others the coverage knows."""

    id: str
    department: str
    source: str
    origin: str
    layer: str
    state: str
    begun_utc_us: int
    ended_utc_us: int
    thumbnail: bool = False
    held: bool = False
    enforcement_id: str = ""
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class EnforcementFacts:
    """`steps`: codes of those that were taken; `marks`: their words."""

    id: str
    kind: str
    item_code: str
    item_name: str
    officers: tuple[OfficerName, ...]
    steps: tuple[str, ...]
    party: str
    party_is_person: bool
    place: str
    latitude: float | None = None
    longitude: float | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageFacts:
    """Of an enforcement."""

    per_mille: int = NO_COVERAGE
    missing_us: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Something that these recordings are shown with was changed then."""

    utc_us: int
    recording_ids: tuple[str, ...]
