"""The joined search: one row a recording, and what it is found by."""

import sqlalchemy as sa
from alembic import op

revision = "reports_0001"
down_revision = None
branch_labels = ("reports",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_recordings",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, autoincrement=False),
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("enforcement_id", sa.String(36), nullable=False),
        sa.Column("until_utc_us", sa.BigInteger, nullable=False),
        sa.Column("begun_utc_us", sa.BigInteger, nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_search_recordings"),
    )
    op.create_index("uq_search_recordings_recording_id", "search_recordings", ["recording_id"], unique=True)
    op.create_index("ix_search_recordings_enforcement_id", "search_recordings", ["enforcement_id"])
    op.create_table(
        "search_departments",
        sa.Column("department", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("department", name="pk_search_departments"),
    )
    op.create_table(
        "search_standing",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_search_standing"),
    )
    op.create_table(
        "search_faults",
        sa.Column("recording_id", sa.String(36), nullable=False),
        sa.Column("fault", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "fault", name="pk_search_faults"),
    )
    _create_terms()


def _create_terms() -> None:
    """Each database in its own way; the code has no table for it."""
    if op.get_bind().dialect.name == "sqlite":
        options = "content='', columnsize=0, detail=none, tokenize=ascii"
        op.execute(f"CREATE VIRTUAL TABLE search_terms USING fts5(terms, {options})")
        return
    op.execute("CREATE TABLE search_terms (place BIGINT PRIMARY KEY, terms BIGINT[] NOT NULL)")
    # What waits to be merged is read through by every search: it stays short.
    options = "WITH (gin_pending_list_limit = 256)"
    op.execute(f"CREATE INDEX ix_search_terms_terms ON search_terms USING gin (terms) {options}")


def downgrade() -> None:
    op.execute("DROP TABLE search_terms")
    for name in ("search_faults", "search_standing", "search_departments", "search_recordings"):
        op.drop_table(name)
