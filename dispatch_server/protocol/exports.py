"""What the console and the server say to each other about exports and derivatives."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dispatch_server.protocol.console import UtcMicroseconds
from dispatch_server.protocol.organisation import Message, printable

RecordingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
SubjectId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)]
OptionalLine = Annotated[str, Field(max_length=200), AfterValidator(printable)]
ModeWord = Literal["view", "download"]
ExportWord = Literal["requested", "approved", "ready", "refused", "withdrawn", "expired", "failed"]
DerivativeWord = Literal["asked", "ready", "failed"]
KindWord = Literal["clip", "still", "marked"]


class ExportWish(Message):
    """Exactly one of `recordings`, `enforcement` and `case`."""

    recordings: list[RecordingId] = Field(default_factory=list, max_length=500)
    enforcement: SubjectId | None = None
    case: SubjectId | None = None
    mode: ModeWord = "download"
    purpose: Line
    recipient: Line
    viewer: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,64}$", description="Who else may play it: a person.")
    hours: int = Field(default=72, ge=1, le=72, description="That it stays ready, once it is.")
    downloads: int = Field(default=1, ge=1, le=5)


class ExportDecision(Message):
    reason: OptionalLine = ""


class ExportReason(Message):
    reason: Line


class ExportLeftOut(Message):
    recording_id: str
    why: Literal["open", "purged"]


class ExportEntry(Message):
    export_id: str
    department: str
    department_name: str
    state: ExportWord
    of: Literal["recordings", "enforcement", "case"]
    subject: str
    recordings: list[str]
    left_out: list[ExportLeftOut] = Field(description="Of the enforcement or case, and not in the package.")
    mode: ModeWord
    purpose: str
    recipient: str
    viewer: str
    hours: int
    downloads: int
    fetched: int = Field(description="Downloads that began.")
    requested_by: str
    requested_name: str
    requested_utc_us: UtcMicroseconds
    decided_by: str
    decided_name: str
    decided_utc_us: int
    reason: str
    note: str = Field(description="What it waits for, or why it failed.")
    ends_utc_us: UtcMicroseconds
    bytes: int = Field(description="Of the package; 0 until it is ready.")
    manifest_sha256: str = Field(description="To be compared with what the package's own page shows.")
    prepared_bytes: int = Field(description="Digested so far, while it is made.")
    to_prepare_bytes: int


class ExportList(Message):
    exports: list[ExportEntry]
    next_before: str | None
    server_utc_us: UtcMicroseconds
    key_thumbprint: str = Field(description="Of the node's evidence key (RFC 7638): print it elsewhere.")


class ExportLink(Message):
    """`url` is for this sign-in alone; it is shown once."""

    url: str
    bytes: int
    until_utc_us: UtcMicroseconds


class PlayableEntry(Message):
    place: int = Field(description="In the export, from 1.")
    recording_id: str
    terminal_name: str
    playlist_url: str


class ExportPlayback(Message):
    recordings: list[PlayableEntry]
    until_utc_us: UtcMicroseconds


class CustodyAct(Message):
    line: str = Field(description="As it stands in the ledger.")
    proof: list[str] = Field(description="Inclusion in the tree of `head` (RFC 9162 2.1.3), hexadecimal.")


class CustodyLog(Message):
    form: str
    head: dict[str, str | int] | None
    acts: list[CustodyAct]
    truncated: bool


class DerivativeWish(Message):
    recording_id: RecordingId
    kind: KindWord
    from_utc_us: int = Field(ge=0, lt=1 << 53)
    to_utc_us: int = Field(default=0, ge=0, lt=1 << 53, description="Of a clip or a marked copy.")
    mark: OptionalLine = Field(
        default="", description="What is burned into a marked copy; empty: who made it and when."
    )
    picture: Literal["png", "jpeg"] = "png"
    purpose: OptionalLine = Field(default="", description="Empty: the one for which this sign-in views the recording.")


class DerivativeEntry(Message):
    derivative_id: str
    recording_id: str
    department: str
    kind: KindWord
    state: DerivativeWord
    from_utc_us: UtcMicroseconds
    to_utc_us: UtcMicroseconds
    widened: bool = Field(description="It begins before, or ends after, what was asked for: at key frames.")
    mark: str
    made_by: str
    made_name: str
    made_utc_us: UtcMicroseconds
    chain: str = Field(description="Head of the original's chain.")
    original_sha256: str = Field(description="Over the digests of the fragments that it was made from, in order.")
    bytes: int
    sha256: str
    media_type: str
    note: str = Field(description="Why it failed.")
    progress: float = Field(description="0 to 1, while it is made.")
    content_url: str | None = Field(description="None while it is not made, and while `needs_export`.")
    needs_export: bool = Field(
        description="A clip leaves under an export of its original that is ready to be downloaded by whoever asks."
    )
    origin_url: str | None = Field(description="Which original fragments it was made from.")
    original_is_kept: bool


class DerivativeList(Message):
    derivatives: list[DerivativeEntry]
    next_before: str | None
    server_utc_us: UtcMicroseconds
