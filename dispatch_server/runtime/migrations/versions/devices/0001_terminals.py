"""Terminals, their keys and codes, shifts, PINs, and how terminals were."""

import sqlalchemy as sa
from alembic import op

revision = "devices_0001"
down_revision = None
branch_labels = ("devices",)
depends_on = None


def upgrade() -> None:
    _make_terminals()
    _make_device_keys()
    _make_terminal_codes()
    _make_shifts()
    _make_officer_pins()
    _make_terminal_health()


def _make_terminals() -> None:
    op.create_table(
        "terminals",
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_en", sa.String(80), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since_utc_us", sa.BigInteger, nullable=False),
        sa.Column("registered_utc_us", sa.BigInteger, nullable=False),
        sa.Column("seen_utc_us", sa.BigInteger),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("serial", sa.String(80), nullable=False),
        sa.Column("system", sa.String(80), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_terminals"),
    )
    op.create_index("ix_terminals_department", "terminals", ["department"])


def _make_device_keys() -> None:
    op.create_table(
        "device_keys",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("terminal", sa.String(8), nullable=False),
        sa.Column("thumbprint", sa.String(43), nullable=False),
        sa.Column("algorithm", sa.String(16), nullable=False),
        sa.Column("public_jwk", sa.String(300), nullable=False),
        sa.Column("since_utc_us", sa.BigInteger, nullable=False),
        sa.Column("until_utc_us", sa.BigInteger),
        sa.Column("revoked_utc_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_device_keys"),
        sa.UniqueConstraint("thumbprint", name="uq_device_keys_thumbprint"),
    )
    op.create_index("ix_device_keys_terminal", "device_keys", ["terminal"])
    op.create_index(
        "uq_device_keys_valid_terminal",
        "device_keys",
        ["terminal"],
        unique=True,
        sqlite_where=sa.text("until_utc_us IS NULL"),
        postgresql_where=sa.text("until_utc_us IS NULL"),
    )


def _make_terminal_codes() -> None:
    op.create_table(
        "terminal_codes",
        sa.Column("locator", sa.String(2), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("terminal", sa.String(8), nullable=False),
        sa.Column("issued_utc_us", sa.BigInteger, nullable=False),
        sa.Column("expires_utc_us", sa.BigInteger, nullable=False),
        sa.Column("issued_by", sa.String(64), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("shift_ends_utc_us", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("used_utc_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("locator", name="pk_terminal_codes"),
    )
    op.create_index("ix_terminal_codes_terminal", "terminal_codes", ["terminal"])


def _make_shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("terminal", sa.String(8), nullable=False),
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("officer_name", sa.String(80), nullable=False),
        sa.Column("begun_utc_us", sa.BigInteger, nullable=False),
        sa.Column("ends_utc_us", sa.BigInteger, nullable=False),
        sa.Column("issued_by", sa.String(64), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("ended_utc_us", sa.BigInteger),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shifts"),
    )
    op.create_index("ix_shifts_terminal_begun_utc_us", "shifts", ["terminal", "begun_utc_us"])
    op.create_index(
        "uq_shifts_open_officer",
        "shifts",
        ["officer"],
        unique=True,
        sqlite_where=sa.text("ended_utc_us IS NULL"),
        postgresql_where=sa.text("ended_utc_us IS NULL"),
    )


def _make_officer_pins() -> None:
    op.create_table(
        "officer_pins",
        sa.Column("officer", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("locked_until_utc_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("officer", name="pk_officer_pins"),
    )


def _make_terminal_health() -> None:
    op.create_table(
        "terminal_health",
        sa.Column("terminal", sa.String(8), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("figures", sa.String(1000), nullable=False),
        sa.Column("troubles", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("terminal", "utc_us", name="pk_terminal_health"),
    )
    op.create_index("ix_terminal_health_utc_us", "terminal_health", ["utc_us"])


def downgrade() -> None:
    for name in ("terminal_health", "officer_pins", "shifts", "terminal_codes", "device_keys", "terminals"):
        op.drop_table(name)
