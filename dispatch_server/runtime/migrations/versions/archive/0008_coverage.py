"""Which seconds of an enforcement are kept, picture faults over time, and notes upon recordings."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0008"
down_revision = "archive_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording_segment_spans",
        sa.Column("recording_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
        sa.Column("gaps", sa.Text, nullable=False),
    )
    op.create_table(
        "enforcement_recordings",
        sa.Column("enforcement_id", sa.String(36), primary_key=True),
        sa.Column("recording_id", sa.String(36), primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
    )
    op.create_index("ix_enforcement_recordings_recording_id", "enforcement_recordings", ["recording_id"])
    _coverage()
    op.create_table(
        "recording_picture_faults",
        sa.Column("recording_id", sa.String(36), primary_key=True),
        sa.Column("utc_us", sa.BigInteger, primary_key=True),
        sa.Column("marks", sa.String(64), nullable=False),
    )
    _notes()


def _coverage() -> None:
    op.create_table(
        "enforcement_coverage",
        sa.Column("enforcement_id", sa.String(36), primary_key=True),
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("from_utc_us", sa.BigInteger, nullable=False),
        sa.Column("to_utc_us", sa.BigInteger, nullable=False),
        sa.Column("runs", sa.Text, nullable=False),
        sa.Column("per_mille", sa.Integer, nullable=False),
        sa.Column("missing_us", sa.BigInteger, nullable=False),
        sa.Column("stated_us", sa.BigInteger, nullable=False),
        sa.Column("joined_us", sa.BigInteger, nullable=False),
        sa.Column("is_complete", sa.Boolean, nullable=False),
        sa.Column("computed_utc_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_enforcement_coverage_source_to_utc_us", "enforcement_coverage", ["source", "to_utc_us"])
    op.create_index("ix_enforcement_coverage_to_utc_us", "enforcement_coverage", ["to_utc_us"])


def _notes() -> None:
    op.create_table(
        "recording_notes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("important", sa.Boolean, nullable=False),
        sa.Column("by_id", sa.String(36), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("made_utc_us", sa.BigInteger, nullable=False),
        sa.Column("withdrawn_utc_us", sa.BigInteger),
        sa.Column("withdrawn_by", sa.String(36), nullable=False),
        sa.Column("withdrawn_reason", sa.Text, nullable=False),
    )
    op.create_index("ix_recording_notes_recording_id_utc_us", "recording_notes", ["recording_id", "utc_us"])


def downgrade() -> None:
    op.drop_table("recording_notes")
    op.drop_table("recording_picture_faults")
    op.drop_table("enforcement_coverage")
    op.drop_table("enforcement_recordings")
    op.drop_table("recording_segment_spans")
