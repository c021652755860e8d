"""What is looked at to find a recording lies apart from what is shown of it. All of it is made anew at the start."""

import sqlalchemy as sa
from alembic import op

revision = "reports_0002"
down_revision = "reports_0001"
branch_labels = None
depends_on = None

PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _empty()
    _create_recordings()
    op.create_table(
        "search_bounds",
        sa.Column("place", PLACE, nullable=False, autoincrement=False),
        sa.Column("begun_utc_us", sa.BigInteger, nullable=False),
        sa.Column("until_utc_us", sa.BigInteger, nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.PrimaryKeyConstraint("place", name="pk_search_bounds"),
    )
    op.create_table(
        "search_texts",
        sa.Column("place", PLACE, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_search_texts"),
    )


def _empty() -> None:
    """A read model: what it held is said by other tables, and it is filled when it has no standing."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO search_terms (search_terms) VALUES ('delete-all')")
    else:
        op.execute("TRUNCATE search_terms")
    op.drop_table("search_recordings")
    op.execute("DELETE FROM search_departments")
    op.execute("DELETE FROM search_standing")


def _create_recordings(*more: sa.Column[object]) -> None:
    op.create_table(
        "search_recordings",
        sa.Column("place", PLACE, nullable=False, autoincrement=False),
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("enforcement_id", sa.String(36), nullable=False),
        *more,
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_search_recordings"),
    )
    op.create_index("uq_search_recordings_recording_id", "search_recordings", ["recording_id"], unique=True)
    op.create_index("ix_search_recordings_enforcement_id", "search_recordings", ["enforcement_id"])


def downgrade() -> None:
    _empty()
    op.drop_table("search_texts")
    op.drop_table("search_bounds")
    _create_recordings(
        sa.Column("until_utc_us", sa.BigInteger, nullable=False),
        sa.Column("begun_utc_us", sa.BigInteger, nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
    )
