"""Streams and publish keys."""

import sqlalchemy as sa
from alembic import op

revision = "live_0001"
down_revision = None
branch_labels = ("live",)
depends_on = None


def upgrade() -> None:
    _make_streams()
    _make_publish_keys()


def _make_streams() -> None:
    op.create_table(
        "streams",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("session_key", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("offered_utc_us", sa.BigInteger, nullable=False),
        sa.Column("since_utc_us", sa.BigInteger, nullable=False),
        sa.Column("started_utc_us", sa.BigInteger),
        sa.Column("seen_utc_us", sa.BigInteger),
        sa.Column("ended_utc_us", sa.BigInteger),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_streams"),
    )
    op.create_index("ix_streams_ended_utc_us", "streams", ["ended_utc_us"])
    op.create_index("ix_streams_source_seen_utc_us", "streams", ["source", "seen_utc_us"])


def _make_publish_keys() -> None:
    op.create_table(
        "publish_keys",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("created_utc_us", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("last_used_utc_us", sa.BigInteger),
        sa.Column("revoked_utc_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_publish_keys"),
        sa.UniqueConstraint("digest", name="uq_publish_keys_digest"),
    )
    op.create_index(
        "uq_publish_keys_valid_source",
        "publish_keys",
        ["source"],
        unique=True,
        sqlite_where=sa.text("revoked_utc_us IS NULL"),
        postgresql_where=sa.text("revoked_utc_us IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("publish_keys")
    op.drop_table("streams")
