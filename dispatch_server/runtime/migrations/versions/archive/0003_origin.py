"""Whose recording it is: the server's own, or a terminal's master, with the enforcement and the key that it names."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0003"
down_revision = "archive_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("origin", sa.String(16), nullable=False, server_default="server"))
    op.add_column("recordings", sa.Column("enforcement_id", sa.String(36), nullable=False, server_default=""))
    op.add_column("recordings", sa.Column("device_key", sa.String(64), nullable=False, server_default=""))
    op.add_column("recordings", sa.Column("clock_offset_us", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_recordings_enforcement_id", "recordings", ["enforcement_id"])


def downgrade() -> None:
    op.drop_index("ix_recordings_enforcement_id", "recordings")
    with op.batch_alter_table("recordings") as table:
        for name in ("clock_offset_us", "device_key", "enforcement_id", "origin"):
            table.drop_column(name)
