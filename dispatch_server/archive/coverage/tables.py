"""Tables of coverage, links, picture faults and notes; all but the notes can be made again."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from dispatch_server.runtime.database import METADATA

segment_spans = Table(
    "recording_segment_spans",
    METADATA,
    Column("recording_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("bytes", BigInteger, nullable=False),  # of the media when the index was read: another value is read anew
    Column("spans", Text, nullable=False),
    Column("gaps", Text, nullable=False),
)

links = Table(
    "enforcement_recordings",
    METADATA,
    Column("enforcement_id", String(36), primary_key=True),
    Column("recording_id", String(36), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("department", String(200), nullable=False),
    Index("ix_enforcement_recordings_recording_id", "recording_id"),
)

coverage = Table(
    "enforcement_coverage",
    METADATA,
    Column("enforcement_id", String(36), primary_key=True),
    Column("source", String(64), primary_key=True),  # empty: all of its terminals together
    Column("department", String(200), nullable=False),
    Column("from_utc_us", BigInteger, nullable=False),
    Column("to_utc_us", BigInteger, nullable=False),
    Column("runs", Text, nullable=False),
    Column("per_mille", Integer, nullable=False),
    Column("missing_us", BigInteger, nullable=False),
    Column("stated_us", BigInteger, nullable=False),
    Column("joined_us", BigInteger, nullable=False),
    Column("is_complete", Boolean, nullable=False),
    Column("computed_utc_us", BigInteger, nullable=False),
    Index("ix_enforcement_coverage_source_to_utc_us", "source", "to_utc_us"),
    Index("ix_enforcement_coverage_to_utc_us", "to_utc_us"),
)

picture_faults = Table(
    "recording_picture_faults",
    METADATA,
    Column("recording_id", String(36), primary_key=True),
    Column("utc_us", BigInteger, primary_key=True),
    Column("marks", String(64), nullable=False),
)

notes = Table(
    "recording_notes",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("recording_id", String(36), nullable=False),
    Column("department", String(200), nullable=False),
    Column("utc_us", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("important", Boolean, nullable=False),
    Column("by_id", String(36), nullable=False),
    Column("by_name", String(200), nullable=False),
    Column("made_utc_us", BigInteger, nullable=False),
    Column("withdrawn_utc_us", BigInteger),
    Column("withdrawn_by", String(36), nullable=False),
    Column("withdrawn_reason", Text, nullable=False),
    Index("ix_recording_notes_recording_id_utc_us", "recording_id", "utc_us"),
)
