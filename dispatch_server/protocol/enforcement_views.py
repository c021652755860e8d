"""What of enforcements is shown: lists, one with its checklist, the list of recording steps, a terminal's choices."""

from pydantic import Field

from dispatch_server.protocol.enforcement_words import (
    CheckBefore,
    ClassWord,
    EnforcementPosition,
    FaultWord,
    KindWord,
    Message,
    PartyWord,
    StandingWord,
    StateWord,
    StepCode,
    TroubleWord,
    UtcMicroseconds,
)


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


class PartyShown(Message):
    """The party; a natural person is masked for the console, except by `GET …/party`."""

    kind: PartyWord
    name: str
    identifier: str
    masked: bool


class EnforcementFault(Message):
    """What the law or the clock has against it; it was recorded all the same, because it had happened already."""

    code: FaultWord
    detail: str = Field(description="Which certificate, item or terminal, and why; may be empty.")


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
    party: PartyShown
    place: str
    position: EnforcementPosition | None
    opened_utc_us: UtcMicroseconds
    begun_utc_us: UtcMicroseconds | None
    finished_utc_us: UtcMicroseconds | None
    filed_utc_us: UtcMicroseconds | None
    changed_utc_us: UtcMicroseconds
    faults: list[EnforcementFault] = Field(default=[], description="Of an opening or a begin that came late.")


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
