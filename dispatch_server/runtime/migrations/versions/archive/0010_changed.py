"""When a recording's row last changed, so that whoever keeps a copy of it can ask what it missed."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0010"
down_revision = "archive_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("changed_utc_us", sa.BigInteger, nullable=False, server_default="0"))
    # Nobody kept the moments of seals and holds until now: the end is the least that is known.
    op.execute("UPDATE recordings SET changed_utc_us = COALESCE(closed_utc_us, ended_utc_us)")
    op.create_index("ix_recordings_changed_utc_us_id", "recordings", ["changed_utc_us", "id"])


def downgrade() -> None:
    op.drop_index("ix_recordings_changed_utc_us_id", "recordings")
    with op.batch_alter_table("recordings") as table:
        table.drop_column("changed_utc_us")
