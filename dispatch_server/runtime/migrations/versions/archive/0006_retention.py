"""How long recordings are kept, holds, and lists of what is to be destroyed."""

import sqlalchemy as sa
from alembic import op

revision = "archive_0006"
down_revision = "archive_0005"
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length), nullable=False)


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False)


def upgrade() -> None:
    _create_holds()
    _create_lists()
    op.create_table(
        "retention_notes",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _create_holds() -> None:
    op.create_table(
        "retention_holds",
        sa.Column("id", sa.String(36), primary_key=True),
        _text("state", 20),
        _number("placed_utc_us"),
        sa.Column("until_utc_us", sa.BigInteger),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("ix_retention_holds_state", "retention_holds", ["state"])
    op.create_table(
        "retention_hold_recordings",
        sa.Column("hold_id", sa.String(36), sa.ForeignKey("retention_holds.id"), primary_key=True),
        sa.Column("recording_id", sa.String(36), primary_key=True),
        _text("department", 200),
    )
    op.create_index("ix_retention_hold_recordings_recording_id", "retention_hold_recordings", ["recording_id"])
    op.create_index("ix_retention_hold_recordings_department", "retention_hold_recordings", ["department"])


def _create_lists() -> None:
    op.create_table(
        "retention_lists",
        sa.Column("id", sa.String(36), primary_key=True),
        _text("department", 200),
        _text("state", 20),
        _number("made_utc_us"),
        _number("purge_utc_us"),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_index("ix_retention_lists_state", "retention_lists", ["state"])
    op.create_index("ix_retention_lists_department", "retention_lists", ["department"])
    op.create_table(
        "retention_items",
        sa.Column("list_id", sa.String(36), sa.ForeignKey("retention_lists.id"), primary_key=True),
        sa.Column("recording_id", sa.String(36), primary_key=True),
        _text("department", 200),
        _text("source", 64),
        _number("opened_utc_us"),
        _number("bytes"),
        _text("rule", 200),
        _number("until_utc_us"),
        _text("state", 16),
        _text("reason", 400),
        _number("purged_utc_us"),
    )
    op.create_index("ix_retention_items_recording_id", "retention_items", ["recording_id"])
    op.create_index("ix_retention_items_state", "retention_items", ["state"])


def downgrade() -> None:
    for name in (
        "retention_notes",
        "retention_items",
        "retention_lists",
        "retention_hold_recordings",
        "retention_holds",
    ):
        op.drop_table(name)
