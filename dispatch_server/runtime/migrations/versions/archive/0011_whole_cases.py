"""A hold over a whole case, and what of a case is not in its package."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0011"
down_revision = "archive_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("retention_holds", sa.Column("case_id", sa.String(36), nullable=False, server_default=""))
    op.create_index("ix_retention_holds_case_id", "retention_holds", ["case_id"])
    op.add_column("exports", sa.Column("left_out", sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("exports") as table:
        table.drop_column("left_out")
    op.drop_index("ix_retention_holds_case_id", "retention_holds")
    with op.batch_alter_table("retention_holds") as table:
        table.drop_column("case_id")
