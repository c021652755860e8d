"""What the law or the clock has against an enforcement that was told late stands with it."""

import sqlalchemy as sa
from alembic import op

revision = "enforcement_0002"
down_revision = "enforcement_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enforcements", sa.Column("faults", sa.Text))


def downgrade() -> None:
    with op.batch_alter_table("enforcements") as batch:
        batch.drop_column("faults")
