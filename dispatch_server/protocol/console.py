"""What the console and the server say to each other over HTTP."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

UtcMicroseconds = Annotated[int, Field(ge=0, description="Microseconds since 1970-01-01 UTC.")]
TargetName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
LayerChoice = Literal["main", "sub", "auto"]
StreamState = Literal["offered", "answered", "live", "lost", "ended"]
TerminalState = Literal["live", "lost", "online", "offline"]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Message):
    code: str = Field(min_length=20, max_length=128, description="The one-time code of the sign-in link.")


class Person(Message):
    id: str
    name: str
    roles: list[str]
    department: str = Field(description="Path of the department whose subtree the person may see; empty: all.")


class CurrentSession(Message):
    person: Person
    actions: list[str] = Field(description="What the person may do, by name of action.")
    idle_end_utc_us: UtcMicroseconds
    absolute_end_utc_us: UtcMicroseconds


class MediaTokenRequest(Message):
    direction: Literal["publish", "watch"]
    target: TargetName = Field(description="publish: a terminal's number or a guest; watch: a stream's id or a source.")
    fingerprint: str | None = Field(
        default=None,
        pattern=r"^sha-(256|384|512) [0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31,63}$",
        description="Binds the token to the DTLS certificate whose a=fingerprint this is.",
    )


class MediaTokenIssued(Message):
    url: str = Field(description="Where to POST the offer (WHIP or WHEP).")
    token: str = Field(description="Bearer token; opens one session and then authorises its PATCH and DELETE.")
    expires_utc_us: UtcMicroseconds


class LayerFigures(Message):
    bitrate_bps: int
    fps: float
    width: int
    height: int
    key_frame_age_s: float | None = None


class StreamFigures(Message):
    layers: dict[str, LayerFigures] = Field(description="By layer: main, sub, sound.")
    loss: float = Field(description="Share of the publisher's packets that were lost, 0 to 1.")
    rtt_ms: float | None
    jitter_ms: float
    last_media_age_s: float | None


class StreamEntry(Message):
    stream_id: str
    source: str = Field(description="The terminal's number, or the guest.")
    terminal_name: str
    department_code: str
    department_name: str
    department_name_en: str
    state: StreamState
    started_utc_us: UtcMicroseconds | None = Field(description="When it went live for the first time.")
    since_utc_us: UtcMicroseconds = Field(description="Since when it is in this state.")
    figures: StreamFigures | None
    viewers: int
    thumbnail_url: str | None
    picture_marks: list[str] = Field(description="What its stills show to be wrong: black, covered, blurred, frozen.")
    recording: bool


class StreamList(Message):
    streams: list[StreamEntry]
    server_utc_us: UtcMicroseconds


class DepartmentEntry(Message):
    code: str
    name: str
    name_en: str
    kind: Literal["bureau", "township", "centre", "team"]


class TerminalEntry(Message):
    number: str
    name: str
    name_en: str
    department_code: str
    state: TerminalState
    stream_id: str | None
    last_seen_utc_us: UtcMicroseconds | None


class TerminalList(Message):
    departments: list[DepartmentEntry]
    terminals: list[TerminalEntry]
    server_utc_us: UtcMicroseconds


class ClockNow(Message):
    utc_us: UtcMicroseconds


class LayerWish(Message):
    layer: LayerChoice


class PublishKeyRequest(Message):
    source: TargetName
    label: str = Field(
        default="",
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Who holds it: an encoder, a person, a place.",
    )


class PublishKeyEntry(Message):
    id: str
    source: str
    label: str
    created_utc_us: UtcMicroseconds
    created_by: str
    last_used_utc_us: UtcMicroseconds | None
    revoked_utc_us: UtcMicroseconds | None


class PublishKeyIssued(Message):
    entry: PublishKeyEntry
    key: str = Field(description="Shown this once; the server keeps only its digest.")
    url: str = Field(description="Where an encoder publishes with it (WHIP).")


class PublishKeyList(Message):
    keys: list[PublishKeyEntry]
