"""The layer that a recording is of."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0002"
down_revision = "archive_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("layer", sa.String(16), nullable=False, server_default="main"))


def downgrade() -> None:
    with op.batch_alter_table("recordings") as table:
        table.drop_column("layer")
