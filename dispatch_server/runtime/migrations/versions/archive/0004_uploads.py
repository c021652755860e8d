"""Footage that terminals upload: their masters, the segments these announce, and the receipts that were given."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0004"
down_revision = "archive_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "masters",
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("heard_utc_us", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_masters_recording_id"),
        sa.PrimaryKeyConstraint("recording_id", name="pk_masters"),
    )
    op.create_index("ix_masters_heard_utc_us", "masters", ["heard_utc_us"])
    op.create_table(
        "master_segments",
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("index_digest", sa.String(64), nullable=False),
        sa.Column("chain", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sealed_bytes", sa.BigInteger, nullable=False),
        sa.Column("from_utc_us", sa.BigInteger, nullable=False),
        sa.Column("to_utc_us", sa.BigInteger, nullable=False),
        sa.Column("last_fragment", sa.BigInteger, nullable=False),
        sa.Column("gaps", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("receipt_utc_us", sa.BigInteger),
        sa.Column("key_id", sa.String(43)),
        sa.Column("signature", sa.String(128)),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], name="fk_master_segments_recording_id"),
        sa.PrimaryKeyConstraint("recording_id", "number", name="pk_master_segments"),
    )


def downgrade() -> None:
    op.drop_table("master_segments")
    op.drop_index("ix_masters_heard_utc_us", "masters")
    op.drop_table("masters")
