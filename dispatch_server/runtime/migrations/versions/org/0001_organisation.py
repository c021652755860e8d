"""Departments, officers, enforcement items with their versions, delegations, imports, and the revision of it all."""

import sqlalchemy as sa
from alembic import op

revision = "org_0001"
down_revision = None
branch_labels = ("org",)
depends_on = None


def upgrade() -> None:
    _create_revision()
    _create_departments_and_officers()
    _create_items()
    _create_delegations()
    _create_imports()


def _create_revision() -> None:
    table = op.create_table(
        "org_revision",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_org_revision"),
    )
    op.bulk_insert(table, [{"id": 1, "revision": 0}])


def _create_departments_and_officers() -> None:
    op.create_table(
        "org_departments",
        sa.Column("path", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("name_en", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("closed_utc_us", sa.BigInteger),
        sa.Column("moved_to", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_org_departments"),
    )
    op.create_table(
        "org_officers",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("certificate", sa.String(40), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("expires_on", sa.Date, nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("closed_utc_us", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_org_officers"),
        sa.UniqueConstraint("certificate", name="uq_org_officers_certificate"),
    )
    op.create_index("ix_org_officers_department", "org_officers", ["department"])


def _create_items() -> None:
    op.create_table(
        "org_items",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("question_types", sa.Text, nullable=False),
        sa.Column("tiers", sa.Text, nullable=False),
        sa.Column("closed_utc_us", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_org_items"),
    )
    op.create_table(
        "org_item_versions",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name="pk_org_item_versions"),
    )


def _create_delegations() -> None:
    op.create_table(
        "org_delegations",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("from_department", sa.String(64), nullable=False),
        sa.Column("to_department", sa.String(64), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("document", sa.String(200), nullable=False),
        sa.Column("closed_utc_us", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_org_delegations"),
        sa.UniqueConstraint("item", "from_department", "to_department", "since", name="uq_org_delegations_item"),
    )


def _create_imports() -> None:
    op.create_table(
        "org_imports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_org_imports"),
    )


def downgrade() -> None:
    for name in (
        "org_imports",
        "org_delegations",
        "org_item_versions",
        "org_items",
        "org_officers",
        "org_departments",
        "org_revision",
    ):
        op.drop_table(name)
