"""How long recordings are kept, holds, and lists of what is to be destroyed."""

revision = "archive_0006"
down_revision = "archive_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
