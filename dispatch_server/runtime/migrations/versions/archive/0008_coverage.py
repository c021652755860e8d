"""Which seconds of an enforcement are kept, and notes upon recordings."""

revision = "archive_0008"
down_revision = "archive_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
