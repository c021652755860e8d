"""Case files, what is linked to them, and exhibits."""

import sqlalchemy as sa
from alembic import op

revision = "cases_0001"
down_revision = None
branch_labels = ("cases",)
depends_on = None


def upgrade() -> None:
    _create_cases()
    _create_links()
    _create_exhibits()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("number_key", sa.String(80), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("party_kind", sa.String(16), nullable=False),
        sa.Column("party_name", sa.String(80), nullable=False),
        sa.Column("party_identifier", sa.String(40), nullable=False),
        sa.Column("officers", sa.Text, nullable=False),
        sa.Column("filed_on", sa.Date, nullable=False),
        sa.Column("decided_on", sa.Date),
        sa.Column("kept_for", sa.String(16), nullable=False),
        sa.Column("kept_years", sa.Integer, nullable=False),
        sa.Column("kept_until", sa.Date),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_utc_us", sa.BigInteger, nullable=False),
        sa.Column("opened_by", sa.String(80), nullable=False),
        sa.Column("changed_utc_us", sa.BigInteger, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("filled_reason", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    unique = "uq_cases_department_year_number_key"
    op.create_index(unique, "cases", ["department", "year", "number_key"], unique=True)
    op.create_index("ix_cases_department_opened_utc_us_id", "cases", ["department", "opened_utc_us", "id"])
    op.create_index("ix_cases_changed_utc_us", "cases", ["changed_utc_us"])


def _create_links() -> None:
    op.create_table(
        "case_links",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("thing", sa.String(16), nullable=False),
        sa.Column("thing_id", sa.String(64), nullable=False),
        sa.Column("linked_utc_us", sa.BigInteger, nullable=False),
        sa.Column("linked_by", sa.String(80), nullable=False),
        sa.Column("withdrawn_utc_us", sa.BigInteger),
        sa.Column("withdrawn_by", sa.String(80), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_links"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_links_case_id"),
    )
    op.create_index("ix_case_links_case_id", "case_links", ["case_id"])
    op.create_index("ix_case_links_thing_thing_id", "case_links", ["thing", "thing_id"])
    op.create_index(
        "uq_case_links_standing",
        "case_links",
        ["case_id", "thing", "thing_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_utc_us IS NULL"),
        postgresql_where=sa.text("withdrawn_utc_us IS NULL"),
    )


def _create_exhibits() -> None:
    op.create_table(
        "case_exhibits",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("case_id", sa.String(36), nullable=False),
        sa.Column("recording_id", sa.String(64), nullable=False),
        sa.Column("from_utc_us", sa.BigInteger),
        sa.Column("to_utc_us", sa.BigInteger),
        sa.Column("proves", sa.String(400), nullable=False),
        sa.Column("made_utc_us", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("withdrawn_utc_us", sa.BigInteger),
        sa.Column("withdrawn_by", sa.String(80), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_exhibits"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_exhibits_case_id"),
    )
    op.create_index("ix_case_exhibits_case_id", "case_exhibits", ["case_id"])


def downgrade() -> None:
    for name in ("case_exhibits", "case_links", "cases"):
        op.drop_table(name)
