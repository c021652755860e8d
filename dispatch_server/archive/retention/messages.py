"""What the console is told of keeping, holds, destruction lists and the disk."""

from typing import Annotated, Literal

from pydantic import Field

from dispatch_server.protocol.console import Message, UtcMicroseconds

RecordingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Reason = Annotated[str, Field(min_length=1, max_length=400)]


class RuleEntry(Message):
    name: str
    keep: str = Field(description="A number of months, `as_case_file` or `permanent`.")
    department: str | None
    kind: str | None
    step: str | None
    class_: str | None = Field(alias="class")
    linked: bool | None


class PolicyShown(Message):
    """`digest` is empty when there is no file: then nothing ends."""

    digest: str = Field(description="SHA-256 of the file, as it is on record.")
    floor_months: int
    rules: list[RuleEntry]


class ClockShown(Message):
    believed: bool
    why_not: str = Field(description="A stable word; empty when it is believed.")
    detail: str
    synchronised: bool | None = Field(description="Whether a time server sets it; null where that is not known.")
    server_utc_us: UtcMicroseconds


class KeepShown(Message):
    recording_id: str
    until_utc_us: UtcMicroseconds | None = Field(description="Null: without end.")
    rule: str = Field(description="The rule that keeps it longest; `floor`, `held` and `no policy` are no file's.")
    holds: list[str]
    cases: list[str]
    listed: bool = Field(description="Whether it stands on a list of what is to be destroyed.")
    why_not: str = Field(description="Why it may not be destroyed now; empty when its time is over.")


class NewHold(Message):
    recordings: list[RecordingId] = Field(min_length=1, max_length=1000)
    reason: Reason
    until_utc_us: Annotated[UtcMicroseconds, Field(lt=1 << 53)] | None = None


class WithReason(Message):
    reason: Reason


class HoldEntry(Message):
    id: str
    state: Literal["standing", "release asked", "released", "over"]
    reason: str
    recordings: int = Field(description="How many of them the one who asks may see.")
    case_id: str = Field(description="Over all footage of this case, also what comes later; empty: of none.")
    placed_by: str
    placed_utc_us: UtcMicroseconds
    until_utc_us: UtcMicroseconds | None
    asked_by: str | None = Field(description="Who asked for its release, for somebody else to confirm.")
    asked_by_id: str | None
    ask_reason: str
    ended_by: str | None
    ended_utc_us: UtcMicroseconds


class HoldList(Message):
    holds: list[HoldEntry]


class HoldDetail(HoldEntry):
    recording_ids: list[str]


class NewDestruction(Message):
    department: str = Field(max_length=200)
    recordings: list[RecordingId] = Field(min_length=1, max_length=2000)
    reason: Reason


class ApprovalEntry(Message):
    person_id: str
    name: str
    roles: list[str]
    utc_us: UtcMicroseconds


class DestructionEntry(Message):
    id: str
    department: str
    state: Literal["listed", "approved by one", "approved by two", "waiting", "done", "stopped"]
    reason: str
    made_by: str
    made_by_id: str = Field(description="Whoever made it does not approve it.")
    made_utc_us: UtcMicroseconds
    policy: str
    approvals: list[ApprovalEntry]
    purge_utc_us: UtcMicroseconds = Field(description="Not before; 0 while it is not approved.")
    ended_by: str | None
    ended_utc_us: UtcMicroseconds
    end_reason: str


class DueEntry(Message):
    recording_id: str
    department: str
    source: str
    opened_utc_us: UtcMicroseconds
    bytes: int
    rule: str
    until_utc_us: UtcMicroseconds


class DueList(Message):
    recordings: list[DueEntry]
    next_after: str | None = Field(description="Null: all of them were looked at; else go on, even if none came.")
    server_utc_us: UtcMicroseconds


class DestructionListed(Message):
    destructions: list[DestructionEntry]


class ItemEntry(Message):
    recording_id: str
    source: str
    opened_utc_us: UtcMicroseconds
    bytes: int
    rule: str
    until_utc_us: UtcMicroseconds
    state: Literal["listed", "taken off", "purging", "purged"]
    reason: str = Field(description="Why it was taken off.")
    purged_utc_us: UtcMicroseconds


class DestructionDetail(DestructionEntry):
    counts: dict[str, int] = Field(description="Recordings by state.")
    bytes: dict[str, int] = Field(description="The same in bytes.")
    items: list[ItemEntry]
    next_after: str | None


class FolderRoom(Message):
    total_bytes: int
    free_bytes: int
    level: Literal["fine", "alarm", "refuse", "stop"]


class ForecastShown(Message):
    folders: list[FolderRoom]
    alarm_percent: float = Field(description="Of a folder's disk: from here on there is an alarm.")
    refuse_percent: float = Field(description="From here on no new recording begins that no enforcement needs.")
    bytes_per_day: int
    full_utc_us: UtcMicroseconds | None = Field(description="When nothing is destroyed; null: not within ten years.")
    full_with_destruction_utc_us: UtcMicroseconds | None = Field(description="When each list is approved in time.")
    held_bytes: int
    computed_utc_us: UtcMicroseconds
