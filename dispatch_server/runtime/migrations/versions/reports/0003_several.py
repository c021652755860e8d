"""A recording shows several enforcements, and was at each of their places."""

import sqlalchemy as sa
from alembic import op

revision = "reports_0003"
down_revision = "reports_0002"
branch_labels = None
depends_on = None

PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _empty()
    op.create_table(
        "search_positions",
        sa.Column("place", PLACE, nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("latitude", sa.Float, nullable=False),
        sa.Column("longitude", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("place", "number", name="pk_search_positions"),
    )
    op.drop_index("ix_search_recordings_enforcement_id", "search_recordings")
    with op.batch_alter_table("search_recordings") as batch:
        batch.drop_column("enforcement_id")


def downgrade() -> None:
    _empty()
    op.drop_table("search_positions")
    with op.batch_alter_table("search_recordings") as batch:
        batch.add_column(sa.Column("enforcement_id", sa.String(36), nullable=False))
    op.create_index("ix_search_recordings_enforcement_id", "search_recordings", ["enforcement_id"])


def _empty() -> None:
    """It is a read model, filled anew by the code that finds no standing."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO search_terms (search_terms) VALUES ('delete-all')")
    else:
        op.execute("TRUNCATE search_terms")
    for name in ("search_recordings", "search_bounds", "search_texts", "search_departments", "search_standing"):
        op.execute(sa.delete(sa.table(name)))
