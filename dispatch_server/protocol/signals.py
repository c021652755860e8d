"""What consoles, terminals and the server say over their WebSockets: the envelope, and the words that keep it."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SUBPROTOCOL = "dispatch.v1"
BEARER_PREFIX = "bearer."  # of the second subprotocol that a terminal offers: its access token follows
UtcMicroseconds = Annotated[int, Field(ge=0, description="Microseconds since 1970-01-01 UTC.")]
TypeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Sequence = Annotated[int, Field(ge=0, le=2**53 - 1)]
_WORD_BEGINS = re.compile(r"(?<!^)(?=[A-Z])")


class Signal(BaseModel):
    """Strict: an unknown member is a misspelt one, and a number is not a text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def name_of(model: type[BaseModel]) -> str:
    """The `type` of a message: its model's name in small letters, StreamChanged → stream_changed."""
    return _WORD_BEGINS.sub("_", model.__name__).lower()


class Inbound(Signal):
    """To the server. A message whose `id` was seen before is not executed again."""

    type: TypeName
    id: MessageId | None = Field(default=None, description="The sender's own, unique; it is named in the answer.")
    body: dict[str, Any] = {}


class Outbound(Signal):
    """From the server. What has a `seq` is sent again after a lost connection, until it is acknowledged."""

    type: TypeName
    seq: Sequence | None = Field(default=None, description="Grows; numbers are left out where a newer state came.")
    reply_to: MessageId | None = Field(default=None, description="The `id` of the message that this answers.")
    body: dict[str, Any]


class ResumePoint(Signal):
    line: str = Field(max_length=64, description="From the welcome of the connection that was lost.")
    seq: Sequence = Field(description="The highest that arrived.")


class Hello(Signal):
    """The client's first message."""

    resume: ResumePoint | None = None
    topics: list[TypeName] = Field(default=[], max_length=16, description="States that are wanted as they change.")


class Welcome(Signal):
    """The server's first message. Not resumed: read by HTTP what you show; what is owed to you is sent again."""

    line: str
    resumed: bool
    server_utc_us: UtcMicroseconds
    ping_s: float = Field(description="Send `ping` when nothing came for so long.")
    resume_s: float = Field(description="For how long a lost connection is waited for.")
    message_bytes: int
    messages_per_s: int


class Resync(Signal):
    """Something could not be kept for you: read by HTTP what you show. Numbers go on after `seq`."""

    seq: Sequence


class Ack(Signal):
    seq: Sequence = Field(description="All up to here arrived.")


class Ping(Signal):
    """No activity: a session idles out beside it."""


class Pong(Signal):
    server_utc_us: UtcMicroseconds


class Subscribe(Signal):
    """Replaces the topics of hello."""

    topics: list[TypeName] = Field(max_length=16)


class Authenticate(Signal):
    """A terminal's next access token, before the present one is over."""

    token: str = Field(min_length=1, max_length=8192, repr=False)


class Done(Signal):
    """The answer to a message that has no other."""


class Error(Signal):
    """A message was refused; the connection goes on."""

    code: str = Field(description="Stable, for programs.")
    sentence: str


class Bye(Signal):
    """The server's last message."""

    code: str = Field(description="Stable, for programs.")
    again: bool = Field(description="Whether to connect again.")


class StreamChanged(Signal):
    """A stream that the console may see began, was lost, came back or ended."""

    stream_id: str
    source: str
    department: str = Field(description="Its path; empty for a guest.")
    state: Literal["live", "lost", "ended"]
    utc_us: UtcMicroseconds
    reason: str = ""


class TerminalChanged(Signal):
    number: str
    department: str
    state: Literal["live", "lost", "online", "offline"]
    utc_us: UtcMicroseconds


class RecordingTroubleChanged(Signal):
    """Something about recording is wrong, or is well again; `GET /api/v1/archive/troubles` has all that stand."""

    trouble: str
    subject: str = Field(description="A recording, a stream, a folder's number, or an enforcement and its terminal.")
    department: str
    begins: bool
    utc_us: UtcMicroseconds = Field(description="Since when.")
    detail: str = ""


class KeepLocal(Signal):
    """To a terminal: there is no room on the server for its stream, or there is again."""

    begins: bool
    utc_us: UtcMicroseconds


CONSOLE_WORDS: tuple[type[Signal], ...] = (Hello, Ack, Ping, Subscribe)
TERMINAL_WORDS: tuple[type[Signal], ...] = (*CONSOLE_WORDS, Authenticate)
SERVER_WORDS: tuple[type[Signal], ...] = (Welcome, Resync, Pong, Done, Error, Bye)
PUSHED: tuple[type[Signal], ...] = (StreamChanged, TerminalChanged, RecordingTroubleChanged, KeepLocal)
