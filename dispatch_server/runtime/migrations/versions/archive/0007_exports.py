"""Derivatives, and packages for review and court."""

revision = "archive_0007"
down_revision = "archive_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
