"""What the console and the server say to each other about case files."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispatch_server.protocol.organisation import Certificate, PathText, Version, printable

UtcMicroseconds = Annotated[int, Field(ge=0, lt=1 << 53, description="Microseconds since 1970-01-01 UTC.")]
Number = Annotated[str, Field(min_length=2, max_length=80), AfterValidator(printable)]
Cause = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
Reason = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(printable)]
OptionalReason = Annotated[str, Field(max_length=200), AfterValidator(printable)]
Proves = Annotated[str, Field(min_length=2, max_length=400), AfterValidator(printable)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(printable)]
Identifier = Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕-]*$")]
ThingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
StateWord = Literal["opened", "filled", "closed", "reopened"]
ThingWord = Literal["recording", "enforcement"]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class CaseParty(Message):
    """The party (当事人). A natural person is masked for who may not `case.party`."""

    kind: Literal["person", "organisation"]
    name: Name
    identifier: Identifier = ""


class CaseRetention(Message):
    """`years` count from the closing; `until` is the last day."""

    kept_for: Literal["years", "permanent", "until"]
    years: int = Field(default=0, ge=0, le=200)
    until: date | None = None


class CaseChange(Message):
    number: Number = Field(description="As the county writes it; brackets, widths and spaces make no difference.")
    year: int = Field(ge=1949, le=2200, description="With the department, that in which the number is unique.")
    cause: Cause = Field(description="案由")
    party: CaseParty
    officers: list[Certificate] = Field(max_length=20, description="By certificate number (执法证号).")
    filed_on: date
    decided_on: date | None = None
    retention: CaseRetention


class CaseWish(CaseChange):
    department: PathText


class CaseLinkWish(Message):
    thing: ThingWord
    id: ThingId


class CaseWithdrawal(Message):
    why: Reason


class ExhibitWish(Message):
    """A recording of the case, or a time of it; without times the whole of it."""

    recording_id: ThingId
    from_utc_us: UtcMicroseconds | None = None
    to_utc_us: UtcMicroseconds | None = None
    proves: Proves


class CaseMove(Message):
    """`reason`: to fill what still lacks something (409 `case_lacks` without)."""

    what: Literal["fill", "close", "reopen"]
    reason: OptionalReason = ""


class CaseHoldWish(Message):
    reason: Reason
    until_utc_us: UtcMicroseconds | None = None


class CaseHold(Message):
    hold_id: str
    recordings: int = Field(description="How many it is over now; what comes into the case later is held, too.")
    left_out: list[str] = Field(description="Recordings that were destroyed before.")


class CaseEntry(Message):
    id: str
    number: str
    department: str
    department_name: str
    department_name_en: str
    year: int
    cause: str
    party: CaseParty
    officers: list[str]
    filed_on: date
    decided_on: date | None
    retention: CaseRetention
    state: StateWord
    closed_on: date | None
    kept_until: date | None = Field(description="Null: no end is known.")
    opened_utc_us: UtcMicroseconds
    changed_utc_us: UtcMicroseconds
    version: Version


class CaseLinkEntry(Message):
    id: str
    thing: ThingWord
    thing_id: str
    linked_utc_us: UtcMicroseconds
    linked_by: str
    withdrawn_utc_us: UtcMicroseconds | None
    withdrawn_by: str
    why: str


class ExhibitEntry(Message):
    id: str
    recording_id: str
    from_utc_us: UtcMicroseconds | None
    to_utc_us: UtcMicroseconds | None
    proves: str
    made_utc_us: UtcMicroseconds
    made_by: str
    withdrawn_utc_us: UtcMicroseconds | None
    withdrawn_by: str
    why: str


class CaseDetail(CaseEntry):
    """Withdrawn links and exhibits too."""

    opened_by: str
    filled_reason: str
    links: list[CaseLinkEntry]
    exhibits: list[ExhibitEntry]


class CaseList(Message):
    cases: list[CaseEntry]
    next_cursor: str | None
    server_utc_us: UtcMicroseconds


class CaseRecording(Message):
    """`ended_utc_us`: while open, as far as it was kept."""

    recording_id: str
    source: str
    state: Literal["open", "closed", "sealed", "held", "purged"]
    started_utc_us: UtcMicroseconds
    ended_utc_us: UtcMicroseconds


class CaseRecordings(Message):
    """Oldest first, of those that one may see, at most a thousand; `count` is of all of them."""

    recordings: list[CaseRecording]
    count: int
    server_utc_us: UtcMicroseconds


class CaseLack(Message):
    code: Literal[
        "no_enforcement",
        "no_recording",
        "no_decision_date",
        "decided_before_filed",
        "too_few_officers",
        "no_exhibit",
        "no_confirmation_exhibit",
        "enforcement_unfinished",
        "step_unrecorded",
        "coverage_unexplained",
        "recording_open",
        "recording_unsealed",
        "recording_gone",
        "exhibit_outside",
    ]
    about: str = Field(description="Of which enforcement, recording or exhibit; empty: of the case.")
    detail: str = Field(description="A step's code; else empty.")


class CaseLacks(Message):
    lacks: list[CaseLack]
    server_utc_us: UtcMicroseconds
