"""The words that every message about an enforcement is made of: ids, names, party, place and check."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispatch_server.protocol.organisation import printable

UtcMicroseconds = Annotated[int, Field(ge=0, le=2**53, description="Microseconds since 1970-01-01 UTC.")]
EnforcementId = Annotated[
    str,
    Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", description="A UUIDv7."),
]
CommandKey = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="The sender's own: sent again it changes nothing.")
]
StepCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
TerminalNumber = Annotated[str, Field(pattern=r"^T[0-9]{4}$")]
Reason = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(printable)]
OptionalReason = Annotated[str, Field(max_length=200), AfterValidator(printable)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(printable)]
PlaceText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
MarkText = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(printable)]
Identifier = Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Za-z\u4e00-\u9fff()（）〔〕-]*$")]
KindWord = Literal["penalty", "licensing", "compulsion", "inspection", "expropriation"]
StateWord = Literal["opened", "under_way", "finished", "filed", "cancelled"]
PartyWord = Literal["person", "organisation"]
ClassWord = Literal["scene", "interview", "confirmation"]
StandingWord = Literal["unrecorded", "running", "recorded", "excused"]
FaultWord = Literal[
    "officers_too_few", "officer_may_not_act", "item_not_in_power", "department_unknown",
    "terminal_cannot_take_part", "opened_late",
]  # fmt: skip
TroubleWord = Literal[
    "battery_low", "battery_unknown", "storage_low", "storage_unknown", "clock_wrong", "clock_unknown"
]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one; a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, str_strip_whitespace=True)


class EnforcementParty(Message):
    """The party (当事人)."""

    kind: PartyWord
    name: Name
    identifier: Identifier = Field(default="", description="Number of an identity card or of an organisation.")


class EnforcementPosition(Message):
    """WGS-84."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class CheckBefore(Message):
    """What was looked at before the start; what is not known is left out, and warned of."""

    battery_percent: float | None = Field(default=None, ge=0, le=100)
    charging: bool | None = None
    storage_free_bytes: int | None = Field(default=None, ge=0, le=2**53)
    clock_offset_us: int | None = Field(default=None, ge=-(2**53), le=2**53, description="Device minus server.")
