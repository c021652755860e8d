"""Seals, and when what they close was read again."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0005"
down_revision = "archive_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording_seals",
        sa.Column("recording_id", sa.String(36), sa.ForeignKey("recordings.id"), nullable=False),
        sa.Column("sealed_utc_us", sa.BigInteger, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("sm3", sa.String(64), nullable=False),
        sa.Column("stamped_utc_us", sa.BigInteger),
        sa.Column("scrubbed_utc_us", sa.BigInteger),
        sa.Column("damage", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name="pk_recording_seals"),
    )
    op.create_index("ix_recording_seals_scrubbed_utc_us", "recording_seals", ["scrubbed_utc_us"])


def downgrade() -> None:
    op.drop_table("recording_seals")
