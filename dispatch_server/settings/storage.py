"""Settings of what is kept: recordings, objects, the database, and the paths between rooms and nodes."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from dispatch_server.kit.redact import Secret
from dispatch_server.settings.section import Bytes, Count, Days, Percent, Seconds, SecretText, Section, split_words

RecordedLayers = Annotated[tuple[Literal["main", "sub"], ...], NoDecode, BeforeValidator(split_words)]


class ArchiveSettings(Section):
    """The recorder, playback and the picture sampler."""

    folder: str = Field("", description="Where recordings are kept; empty: archive under data_folder.")
    enabled: bool = Field(True, description="Whether streams are recorded.")
    layers: RecordedLayers = Field(("main",), description="Layers that are recorded, each with the sound.")
    segment_s: Seconds = Field(600, description="Longest segment (one fMP4 file).")
    fragment_ms: Count = Field(1000, description="Longest fragment: what a crash can lose.")
    fragment_bytes: Count = Field(52_428_800, description="Largest fragment; a larger one is cut.")
    queue_bytes: Bytes = Field(
        67_108_864, description="What may wait for a slow disk, of one stream; more is a declared gap."
    )
    streams: Count = Field(200, description="Streams that are recorded at one time.")
    disk_check_s: Seconds = Field(5, description="How often the free space is read.")
    disk_alarm_percent: Percent = Field(85, description="Used space that raises an alarm.")
    disk_refuse_percent: Percent = Field(95, description="Used space at which no new recording begins.")
    disk_refuse_bytes: Bytes = Field(2_147_483_648, description="Free space below which no new recording begins.")
    ballast_bytes: Bytes = Field(
        536_870_912, description="A file that is given up when the disk is full, so that the database can be written."
    )
    retention_file: str = Field("config/retention.yaml", description="How long what is kept; without it nothing ends.")
    retention_wait_days: Count = Field(7, description="Days between a destruction's second approval and its purge.")
    retention_tick_s: Seconds = Field(5, description="How often clock, policies, holds and lists are looked at.")
    retention_clock_s: Seconds = Field(120, description="A larger step of the wall clock is doubted.")
    sampler_interval_s: Seconds = Field(4, description="How often one key frame of each stream is looked at; 0: never.")
    sampler_width: Count = Field(320, description="Width of the thumbnail in pixels.")
    sampler_queue: Count = Field(64, description="Pictures that wait to be looked at; more are dropped.")
    frozen_s: Seconds = Field(12, description="The same picture for this long is called frozen.")
    sm3: bool = Field(False, description="Whether an SM3 chain (GB/T 32905) is kept beside the SHA-256 one.")
    scrub_days: Days = Field(30, description="Everything that is sealed is read again within so many days; 0: never.")
    timestamp_url: str = Field(
        "", description="Time-stamping authority (RFC 3161) that stamps the seals of recordings."
    )
    timestamp_ca: str = Field("", description="PEM file with the root certificates of that authority.")

    @model_validator(mode="after")
    def _authority_with_its_roots(self) -> Self:
        if self.timestamp_url and not self.timestamp_ca:
            raise ValueError("timestamp_url needs timestamp_ca: a stamp that nobody can check proves nothing")
        return self


class UploadSettings(Section):
    """Terminals' masters: what they upload, and how long they are waited for."""

    upload_bytes: Bytes = Field(536_870_912, description="Largest upload: one segment of a master.")
    uploads_of_terminal: Count = Field(4, description="Uploads of one terminal at one time.")
    bytes_of_terminal: Bytes = Field(2_147_483_648, description="Announced bytes of one terminal's uploads.")
    uploads: Count = Field(200, description="Uploads at one time.")
    bytes_in_all: Bytes = Field(34_359_738_368, description="Announced bytes of all uploads.")
    chunk_s: Seconds = Field(600, description="Longest request of an upload.")
    expires_s: Seconds = Field(86_400, description="An upload that nobody goes on with is given up after so long.")
    looked_into: Count = Field(1, description="Whole uploads that are decrypted and checked at one time.")
    masters_of_terminal: Count = Field(500, description="Masters of one terminal that did not end.")
    silent_days: Count = Field(30, description="A master of which nothing is heard for so long is closed.")


class DatabaseSettings(Section):
    """SQLite on one node, PostgreSQL on several."""

    url: SecretText = Field(
        Secret(""), description="postgresql+asyncpg://user:password@host/name; empty: SQLite under data_folder."
    )
    pool: Count = Field(5, description="Open connections to PostgreSQL.")
    wait_s: Seconds = Field(5, description="Longest wait for a connection or a lock before a request is refused.")
    statement_s: Seconds = Field(10, description="Longest run of one statement (PostgreSQL).")


class RedisSettings(Section):
    """Only for several nodes; nothing durable is kept there."""

    url: SecretText = Field(Secret(""), description="redis://host:6379/0; empty: the bus stays inside this process.")
    prefix: str = Field("dispatch", description="Beginning of every key and channel.")
    stream_length: Count = Field(10_000, description="Events kept in each durable stream.")
    connect_s: Seconds = Field(2, description="Longest wait for a connection or an answer.")


class BusSettings(Section):
    """Events between rooms."""

    queue: Count = Field(1000, description="Events that wait for one subscriber; more are dropped and counted.")
    subscribers: Count = Field(2000, description="Subscribers at one time.")


class ObjectSettings(Section):
    """Objects that are written once: derivatives, exports, attachments."""

    folder: str = Field("", description="Where they are kept; empty: objects under data_folder.")
    object_bytes: Bytes = Field(4_294_967_296, description="Largest object.")


class ThreadSettings(Section):
    """Work off the event loop."""

    disk: Count = Field(2, description="Threads that write recordings and objects.")
    decode: Count = Field(1, description="Threads that decode pictures.")
    general: Count = Field(2, description="Threads for all else that blocks.")
    journal: Count = Field(1, description="Threads of the journal of acts, which waits for nothing else.")
    queue: Count = Field(256, description="Jobs that wait for each kind of thread; more are refused and counted.")
