"""What the console is told of coverage, timelines, viewings, notes and troubles over HTTP."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dispatch_server.protocol.console import Message, UtcMicroseconds

RecordingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Words = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
PurposeName = Literal["case", "review", "supervision", "complaint", "training", "technical", "other"]


class ViewingRequest(Message):
    """Recordings, or an enforcement with all that it has and will have: one of the two."""

    recording_ids: list[RecordingId] = Field(default=[], max_length=200)
    enforcement_id: RecordingId | None = None
    kind: PurposeName
    purpose: Words = Field(min_length=2, max_length=200, description="In words.")

    @model_validator(mode="after")
    def _one_of_two(self) -> "ViewingRequest":
        if bool(self.recording_ids) == (self.enforcement_id is not None) or len(self.purpose.strip()) < 2:
            raise ValueError("recordings or an enforcement, and a purpose of two characters or more")
        return self


class ViewingShown(Message):
    viewing_id: str
    until_utc_us: UtcMicroseconds = Field(description="It is over then, unless something of it is played before.")
    server_utc_us: UtcMicroseconds
    watermark: list[str] = Field(
        description="Draw these over the picture: who views, whose, the viewing's number; beside them the time."
    )


class RunEntry(Message):
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    kind: Literal["live", "backfilled", "missing"]
    reason: str = Field(description="Of what is missing.")
    stated: bool = Field(description="Somebody gave the reason (a pause); others were found by the machine.")


class CoverageEntry(Message):
    source: str = Field(description="The terminal's number; empty: all of them together.")
    per_mille: int = Field(description="1000 only when nothing longer than a join of two fragments is missing.")
    missing_us: int
    stated_us: int = Field(description="Of what is missing, for a stated reason.")
    joined_us: int = Field(description="Joins of up to 100 ms that count as continuous.")
    computed_utc_us: UtcMicroseconds
    runs: list[RunEntry] = Field(description="Without hole or overlap, from the beginning to the end or to now.")


class EnforcementCoverage(Message):
    """What a timeline says of coverage, without all the rest."""

    coverage: CoverageEntry | None = Field(description="Of all its terminals together; null: not computed yet.")
    sources: list[CoverageEntry] = Field(description="Of each terminal, in the order in which they take part.")
    server_utc_us: UtcMicroseconds


class TimelineSegment(Message):
    number: int
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    picture: bool


class TimelineRecording(Message):
    recording_id: str
    origin: Literal["server", "terminal"]
    layer: str
    open: bool
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    segments: list[TimelineSegment]


class PlayedStretch(Message):
    """Which recording plays here: the master where there is one."""

    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    origin: Literal["server", "terminal"]


class GapShown(Message):
    recording_id: str
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    reason: str


class FaultShown(Message):
    recording_id: str
    utc_us: UtcMicroseconds
    marks: list[str] = Field(description="black, covered, blurred, frozen; none: well again.")


class TimelineSource(Message):
    source: str
    terminal_name: str
    playlist_url: str | None = Field(description="One list that plays as one; null where a single recording is shown.")
    recordings: list[TimelineRecording]
    plays: list[PlayedStretch]
    coverage: CoverageEntry | None
    gaps: list[GapShown]
    picture_faults: list[FaultShown]


class StepShown(Message):
    step: str
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds | None


class WordsShown(Message):
    utc_us: UtcMicroseconds
    text: str
    important: bool
    by: str


class PauseShown(Message):
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds | None
    reason: str


class NoteEntry(Message):
    note_id: str
    recording_id: str
    utc_us: UtcMicroseconds
    text: str
    important: bool
    by_name: str
    mine: bool
    made_utc_us: UtcMicroseconds
    withdrawn_utc_us: UtcMicroseconds | None
    withdrawn_reason: str


class NoteList(Message):
    notes: list[NoteEntry]


class NewNote(Message):
    utc_us: UtcMicroseconds = Field(lt=1 << 53, description="Within the recording.")
    text: Words = Field(min_length=1, max_length=500)
    important: bool = False


class Withdrawal(Message):
    reason: Words = Field(min_length=2, max_length=200)


class MadeShown(Message):
    """A clip, a still or a marked copy that was made from a recording and is ready."""

    derivative_id: str
    recording_id: str
    kind: Literal["clip", "still", "marked"]
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    made_name: str
    made_utc_us: UtcMicroseconds


class Timeline(Message):
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    server_utc_us: UtcMicroseconds
    enforcement_ids: list[str]
    sources: list[TimelineSource]
    coverage: CoverageEntry | None = Field(description="Of all terminals together.")
    steps: list[StepShown]
    marks: list[WordsShown]
    pauses: list[PauseShown]
    notes: list[NoteEntry]
    guidance: list[WordsShown]
    made: list[MadeShown] = Field(description="For whoever may see what was made from recordings.")


class ThumbnailEntry(Message):
    utc_us: UtcMicroseconds
    url: str


class ThumbnailList(Message):
    """Derivative data, outside of the chain of digests: a picture that is shown is no evidence."""

    thumbnails: list[ThumbnailEntry]


class TroubleEntry(Message):
    trouble: str
    subject: str
    department: str
    since_utc_us: UtcMicroseconds
    detail: str


class TroubleList(Message):
    troubles: list[TroubleEntry]
    server_utc_us: UtcMicroseconds
