"""Copies that were begun or want another look; bytes that were sent of a package."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0012"
down_revision = "archive_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exports", sa.Column("sent_bytes", sa.BigInteger, nullable=False, server_default="0"))
    # Copies that were taken before all was there are looked at once more.
    op.execute("UPDATE recording_copies SET copied_utc_us = 0")
    # Of what was destroyed a copy may have been begun that no row tells of.
    op.execute(
        "INSERT INTO recording_copies (recording_id, folder, copied_utc_us, due_utc_us) "
        "SELECT id, '', -1, 0 FROM recordings WHERE state = 'purged' "
        "AND id NOT IN (SELECT recording_id FROM recording_copies)"
    )


def downgrade() -> None:
    op.execute("DELETE FROM recording_copies WHERE copied_utc_us < 0")
    op.drop_column("exports", "sent_bytes")
