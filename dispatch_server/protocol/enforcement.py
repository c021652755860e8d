"""What terminals, consoles and the server say to each other about one enforcement, from its opening to the file."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dispatch_server.protocol.organisation import Certificate, ItemCode, PathText, printable
from dispatch_server.protocol.signals import Signal

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
ClassWord = Literal["scene", "interview", "confirmation"]
StandingWord = Literal["unrecorded", "running", "recorded", "excused"]
TroubleWord = Literal[
    "battery_low", "battery_unknown", "storage_low", "storage_unknown", "clock_wrong", "clock_unknown"
]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one; a number is no text."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, str_strip_whitespace=True)


class Command(Message):
    """
    Something that happened. It may come late, when there was no network: in the order in which it happened.

    The same `key` again gives the same answer; another command under a used key is 409 `command_key_used`.
    """

    key: CommandKey
    utc_us: UtcMicroseconds | None = Field(default=None, description="When it happened; left out: now.")


class EnforcementParty(Message):
    """The party (当事人). In what the console lists, a natural person is masked."""

    kind: Literal["person", "organisation"]
    name: Name
    identifier: Identifier = Field(default="", description="Number of an identity card or of an organisation.")


class EnforcementPosition(Message):
    """WGS-84."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class EnforcementOpen(Command):
    """By a terminal (its own department, and it takes part itself)."""

    id: EnforcementId | None = Field(
        default=None, description="Made by the sender, so that it can go on without a network; left out: the server's."
    )
    kind: KindWord
    item: ItemCode
    officers: list[Certificate] = Field(min_length=2, max_length=20, description="By certificate number (执法证号).")
    party: EnforcementParty
    place: PlaceText
    position: EnforcementPosition | None = None
    terminals: list[TerminalNumber] = Field(default=[], max_length=20, description="Others that take part.")


class EnforcementOpenHere(EnforcementOpen):
    """By the centre or an officer at the console."""

    department: PathText
    terminals: list[TerminalNumber] = Field(min_length=1, max_length=20)


class CheckBefore(Message):
    """What was looked at before the start; what is not known is left out, and warned of."""

    battery_percent: float | None = Field(default=None, ge=0, le=100)
    charging: bool | None = None
    storage_free_bytes: int | None = Field(default=None, ge=0, le=2**53)
    clock_offset_us: int | None = Field(default=None, ge=-(2**53), le=2**53, description="Device minus server.")


class EnforcementBegin(Command):
    """`reason`: why it begins in spite of what the check warns of (409 `check_needs_reason` without)."""

    check: CheckBefore = CheckBefore()
    reason: OptionalReason = ""


class EnforcementStep(Command):
    """A step may be taken more than once, and beside others; the finish ends what still runs."""

    step: StepCode
    what: Literal["begin", "end"]


class EnforcementMark(Command):
    text: MarkText
    important: bool = False


class EnforcementPause(Command):
    reason: Reason


class EnforcementResume(Command):
    reason: Reason


class MissingReason(Message):
    step: StepCode
    reason: Reason


class EnforcementFinish(Command):
    """`missing`: a reason for each required step that was not taken (409 `steps_missing` names them)."""

    reason: OptionalReason = ""
    missing: list[MissingReason] = Field(default=[], max_length=60)


class EnforcementExcuse(Command):
    """Later, at the console: why a step is not on record."""

    step: StepCode
    reason: Reason


class EnforcementFile(Command):
    """The case file takes it: nothing changes any more."""

    case_id: str = Field(default="", max_length=64, pattern=r"^[0-9A-Za-z-]*$")


class EnforcementCancel(Command):
    """Opened by mistake: only before it begins."""

    reason: Reason


class CommandAnswer(Message):
    """As it was when the command was taken for the first time."""

    enforcement_id: str
    state: StateWord
    utc_us: UtcMicroseconds = Field(description="When it happened.")
    received_utc_us: UtcMicroseconds = Field(description="When the server took it.")


class RecordingStep(Message):
    """One line of the county's required-recording list (音像记录事项清单)."""

    code: StepCode
    name: str
    name_en: str
    kinds: list[KindWord]
    start: str
    end: str
    must_show: list[str]
    record_class: ClassWord
    retention: str = Field(description="Key of config/retention.yaml.")
    required: bool = Field(description="False: only when it happens (conditional).")
    condition: str = Field(description="When it must be recorded; empty: always.")
    order: int


class RecordingStepList(Message):
    digest: str = Field(description="SHA-256 of the list: by this version an enforcement is judged.")
    template: bool = Field(description="The county has not confirmed it yet.")
    steps: list[RecordingStep]


class ChecklistLine(Message):
    step: RecordingStep
    standing: StandingWord
    taken: bool = Field(description="Begun and ended by the team, even if its recording has not arrived yet.")
    missing: bool = Field(description="Still to be done, or to be given a reason for, before the team leaves.")
    reason: str = Field(description="Why it is excused; else empty.")


class EnforcementStepTaken(Message):
    step: StepCode
    record_class: ClassWord
    begun_utc_us: UtcMicroseconds
    ended_utc_us: UtcMicroseconds | None
    covered: bool = Field(description="Whether recordings cover it, as far as the server has them.")
    by: str


class EnforcementMarkMade(Message):
    utc_us: UtcMicroseconds
    received_utc_us: UtcMicroseconds
    text: str
    important: bool
    by: str


class EnforcementPauseMade(Message):
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds | None
    reason: str
    resume_reason: str


class EnforcementOfficer(Message):
    certificate: str
    name: str
    department: str


class EnforcementEntry(Message):
    """One enforcement as lists show it."""

    id: str
    department: str
    department_name: str
    department_name_en: str
    state: StateWord
    paused: bool
    kind: KindWord
    item_code: str
    item_name: str
    officers: list[EnforcementOfficer]
    terminals: list[str]
    party: EnforcementParty = Field(description="A natural person is masked at the console.")
    place: str
    position: EnforcementPosition | None
    opened_utc_us: UtcMicroseconds
    begun_utc_us: UtcMicroseconds | None
    finished_utc_us: UtcMicroseconds | None
    filed_utc_us: UtcMicroseconds | None
    changed_utc_us: UtcMicroseconds


class EnforcementDetail(EnforcementEntry):
    list_digest: str
    opened_by: str
    check: CheckBefore | None
    check_troubles: list[TroubleWord]
    check_reason: str
    finish_reason: str
    cancel_reason: str
    case_id: str
    checklist: list[ChecklistLine]
    steps: list[EnforcementStepTaken]
    marks: list[EnforcementMarkMade]
    pauses: list[EnforcementPauseMade]


class EnforcementList(Message):
    enforcements: list[EnforcementEntry]
    next_cursor: str | None
    server_utc_us: UtcMicroseconds


class EnforcementUnderWay(Message):
    enforcement: EnforcementEntry
    age_s: float = Field(description="Since it began.")
    silent_s: float | None = Field(description="Since any of its terminals gave a sign of life; null: not known.")
    is_silent: bool = Field(description="For longer than the setting: look after it; it is not ended by itself.")


class EnforcementsUnderWay(Message):
    """Longest under way first."""

    enforcements: list[EnforcementUnderWay]
    server_utc_us: UtcMicroseconds


class CheckThresholds(Message):
    """Below (for the clock: beyond) these a beginning needs a reason."""

    battery_percent: float
    storage_free_bytes: int
    clock_offset_us: int


class CurrentEnforcement(Message):
    """What this terminal takes part in: the one under way, else what was opened and waits for its begin."""

    enforcement: EnforcementDetail | None
    waiting: list[EnforcementEntry] = Field(description="Opened, not begun; newest first.")
    server_utc_us: UtcMicroseconds


class ItemChoice(Message):
    code: str
    name: str
    kind: str
    delegated: bool


class EnforcementChoices(Message):
    """What a terminal keeps, so that it can open an enforcement without a network."""

    items: list[ItemChoice]
    officers: list[EnforcementOfficer] = Field(description="Who may act now.")
    terminals: list[str]
    steps: RecordingStepList
    thresholds: CheckThresholds
    server_utc_us: UtcMicroseconds


class EnforcementChanged(Signal):
    """Told to its terminals and to consoles that may see it: read it anew."""

    enforcement_id: str
    department: str = Field(description="Its path.")
    state: StateWord
    terminals: list[str]
    utc_us: UtcMicroseconds
