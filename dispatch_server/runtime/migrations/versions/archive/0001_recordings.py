"""Recordings and their segments."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0001"
down_revision = None
branch_labels = ("archive",)
depends_on = None


def upgrade() -> None:
    _create_recordings()
    _create_segments()


def _create_recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("stream_id", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_utc_us", sa.BigInteger, nullable=False),
        sa.Column("ended_utc_us", sa.BigInteger, nullable=False),
        sa.Column("closed_utc_us", sa.BigInteger),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("fragments", sa.Integer, nullable=False),
        sa.Column("kept_us", sa.BigInteger, nullable=False),
        sa.Column("gaps", sa.Integer, nullable=False),
        sa.Column("thumbnail", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
    )
    op.create_index("ix_recordings_opened_utc_us_id", "recordings", ["opened_utc_us", "id"])
    op.create_index("ix_recordings_source_opened_utc_us", "recordings", ["source", "opened_utc_us"])
    op.create_index("ix_recordings_department_opened_utc_us", "recordings", ["department", "opened_utc_us"])
    op.create_index("ix_recordings_state", "recordings", ["state"])


def _create_segments() -> None:
    op.create_table(
        "recording_segments",
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("root", sa.Integer, nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("init_bytes", sa.Integer, nullable=False),
        sa.Column("video", sa.String(32), nullable=False),
        sa.Column("sound", sa.String(32), nullable=False),
        sa.Column("layer", sa.String(16), nullable=False),
        sa.Column("duration_us", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("fragments", sa.Integer, nullable=False),
        sa.Column("suspect", sa.Boolean, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "number", name="pk_recording_segments"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_recording_segments_recording_id"),
    )
    op.create_index("ix_recording_segments_utc_us", "recording_segments", ["utc_us"])


def downgrade() -> None:
    op.drop_table("recording_segments")
    op.drop_table("recordings")
