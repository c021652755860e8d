"""What the search for recordings answers: all that a line of its list shows."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

UtcMicroseconds = Annotated[int, Field(ge=0, lt=1 << 53, description="Microseconds since 1970-01-01 UTC.")]


class FoundOfficer(BaseModel):
    certificate: str
    name: str


class FoundCase(BaseModel):
    id: str
    number: str


class FoundParty(BaseModel):
    """A natural person is masked for who may not `recording.party`."""

    kind: Literal["person", "organisation"]
    name: str


class FoundPosition(BaseModel):
    """WGS-84."""

    lat: float
    lon: float


class FoundEnforcement(BaseModel):
    enforcement_id: str
    kind: str
    item_code: str
    item_name: str
    party: FoundParty | None
    place: str
    position: FoundPosition | None
    coverage_per_mille: int | None = Field(description="Null: not known.")
    missing_us: int


class FoundRecording(BaseModel):
    """What is said of an enforcement is of the last one that it shows; officers and steps are of all of them."""

    recording_id: str
    source: str
    terminal_name: str
    department_code: str
    department_name: str
    department_name_en: str
    origin: Literal["server", "terminal"]
    layer: Literal["main", "sub"]
    state: Literal["open", "closed", "sealed", "held", "purged"]
    held: bool
    started_utc_us: UtcMicroseconds
    ended_utc_us: UtcMicroseconds
    enforcements: list[FoundEnforcement] = Field(description="All that it shows, oldest first.")
    bytes: int = Field(description="That were kept; 0: not known.")
    enforcement_id: str = Field(description="Empty: of none.")
    kind: str
    item_code: str
    item_name: str
    officers: list[FoundOfficer]
    steps: list[str] = Field(description="Codes of the steps that were taken.")
    party: FoundParty | None
    place: str
    position: FoundPosition | None
    cases: list[FoundCase] = Field(description="Those that one may see.")
    coverage_per_mille: int | None = Field(description="Of the enforcement; null: not known.")
    missing_us: int
    faults: list[str] = Field(description="What was wrong with the picture at some time.")
    thumbnail_url: str | None
    playlist_url: str


class FoundRecordings(BaseModel):
    """Newest first."""

    recordings: list[FoundRecording]
    next_cursor: str | None
    counted: int | None = Field(description="On the first page: how many there are, at most 1000.")
    more_than_counted: bool = Field(description="There are more than were counted.")
    server_utc_us: UtcMicroseconds
