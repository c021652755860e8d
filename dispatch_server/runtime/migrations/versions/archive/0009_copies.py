"""What lies in the bucket as well."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0009"
down_revision = "archive_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording_copies",
        sa.Column("recording_id", sa.String(36), sa.ForeignKey("recordings.id"), primary_key=True),
        sa.Column("folder", sa.String(80), nullable=False),
        sa.Column("copied_utc_us", sa.BigInteger, nullable=False),
        sa.Column("due_utc_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_recording_copies_due_utc_us", "recording_copies", ["due_utc_us"])


def downgrade() -> None:
    op.drop_table("recording_copies")
