"""What the console is told of recordings and pictures over HTTP."""

from typing import Literal

from pydantic import Field

from dispatch_server.protocol.console import Message, UtcMicroseconds


class RecordingEntry(Message):
    recording_id: str
    stream_id: str
    source: str = Field(description="The terminal's number, or the guest.")
    terminal_name: str
    department_code: str
    department_name: str
    department_name_en: str
    layer: Literal["main", "sub"]
    state: Literal["open", "closed", "sealed", "held", "purged"]
    started_utc_us: UtcMicroseconds
    ended_utc_us: UtcMicroseconds | None = Field(description="End of what was kept; null while it is open.")
    kept_us: int = Field(description="Length of what was kept; less than the span when there are gaps.")
    bytes: int
    gaps: int = Field(description="Declared absences inside.")
    thumbnail_url: str | None
    playlist_url: str


class RecordingList(Message):
    recordings: list[RecordingEntry]
    next_cursor: str | None
    server_utc_us: UtcMicroseconds


class SegmentEntry(Message):
    number: int
    utc_us: UtcMicroseconds
    duration_us: int
    bytes: int
    fragments: int
    layer: str
    picture: bool = Field(description="False: sound alone; it plays in the list `playlist.m3u8?sound_only=true`.")
    suspect: bool = Field(description="The disk failed while it was written; only what its index proves counts.")


class RecordingDetail(RecordingEntry):
    reason: str = Field(description="Why it ended; empty while it is open.")
    segments: list[SegmentEntry]
    sealed_utc_us: UtcMicroseconds | None = Field(None, description="When its chain was signed; null before that.")
    seal_key: str | None = Field(None, description="RFC 7638 thumbprint of the key that signed it.")
    scrubbed_utc_us: UtcMicroseconds | None = Field(None, description="When all of it was last read again.")
    damage: str = Field("", description="What was found to differ when it was last read; empty: nothing.")
