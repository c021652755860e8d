"""What is looked at to find a recording lies apart from what is shown of it."""

import sqlalchemy as sa
from alembic import op

revision = "reports_0002"
down_revision = "reports_0001"
branch_labels = None
depends_on = None

PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
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
    op.execute(
        "INSERT INTO search_bounds (place, begun_utc_us, until_utc_us, latitude, longitude)"
        " SELECT place, begun_utc_us, until_utc_us, latitude, longitude FROM search_recordings"
    )
    op.execute("INSERT INTO search_texts (place, text, party) SELECT place, text, party FROM search_recordings")
    with op.batch_alter_table("search_recordings") as batch:
        for name in ("until_utc_us", "begun_utc_us", "latitude", "longitude", "text", "party"):
            batch.drop_column(name)


def downgrade() -> None:
    """Emptied: it is a read model, filled anew by the code that finds no standing."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO search_terms (search_terms) VALUES ('delete-all')")
    else:
        op.execute("TRUNCATE search_terms")
    op.execute("DELETE FROM search_recordings")
    op.execute("DELETE FROM search_departments")
    op.execute("DELETE FROM search_standing")
    op.drop_table("search_texts")
    op.drop_table("search_bounds")
    with op.batch_alter_table("search_recordings") as batch:
        for name in ("until_utc_us", "begun_utc_us"):
            batch.add_column(sa.Column(name, sa.BigInteger, nullable=False))
        for name in ("latitude", "longitude"):
            batch.add_column(sa.Column(name, sa.Float))
        for name in ("text", "party"):
            batch.add_column(sa.Column(name, sa.Text, nullable=False))
