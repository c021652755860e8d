"""Derivatives, and packages for review and court."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "archive_0007"
down_revision = "archive_0006"
branch_labels = None
depends_on = None

_TEXTS = {
    "department": 200, "state": 16, "asking_of": 16, "subject": 64, "mode": 16, "purpose": 200, "recipient": 200,
    "viewer": 64, "requested_by": 64, "requested_name": 100, "decided_by": 64, "decided_name": 100, "reason": 200,
    "note": 400, "layout": 64, "layout_digest": 64, "manifest_digest": 64,
}  # fmt: skip
_WHOLE = ("hours", "downloads", "fetched")
_LARGE = ("requested_utc_us", "ends_utc_us", "decided_utc_us", "ready_utc_us", "bytes")
_MADE_TEXTS = {
    "recording_id": 64, "department": 200, "kind": 16, "state": 16, "mark": 200, "picture": 8, "made_by": 64,
    "made_name": 100, "chain": 64, "original_digest": 64, "sha256": 64, "media_type": 64, "content": 64, "origin": 64,
    "note": 400,
}  # fmt: skip
_MADE_LARGE = ("asked_from_utc_us", "asked_to_utc_us", "from_utc_us", "to_utc_us", "made_utc_us", "bytes")


def _columns(texts: dict[str, int], whole: tuple[str, ...], large: tuple[str, ...]) -> list[sa.Column[Any]]:
    made: list[sa.Column[Any]] = [sa.Column(name, sa.String(length), nullable=False) for name, length in texts.items()]
    made += [sa.Column(name, sa.Integer, nullable=False) for name in whole]
    return made + [sa.Column(name, sa.BigInteger, nullable=False) for name in large]


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("recordings", sa.Text, nullable=False),
        *_columns(_TEXTS, _WHOLE, _LARGE),
    )
    op.create_index("ix_exports_department_id", "exports", ["department", "id"])
    op.create_index("ix_exports_state_ends_utc_us", "exports", ["state", "ends_utc_us"])
    op.create_index("ix_exports_viewer", "exports", ["viewer"])
    op.create_table(
        "export_links",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("export_id", sa.String(36), sa.ForeignKey("exports.id"), nullable=False),
        *_columns({"session": 64, "person": 64}, ("starts", "resumptions"), ("until_utc_us",)),
    )
    op.create_index("ix_export_links_export_id", "export_links", ["export_id"])
    op.create_table(
        "derivatives",
        sa.Column("id", sa.String(36), primary_key=True),
        *_columns(_MADE_TEXTS, (), _MADE_LARGE),
    )
    op.create_index("ix_derivatives_recording_id_id", "derivatives", ["recording_id", "id"])
    op.create_index("ix_derivatives_department_id", "derivatives", ["department", "id"])
    op.create_index("ix_derivatives_state", "derivatives", ["state"])


def downgrade() -> None:
    for table in ("derivatives", "export_links", "exports"):
        op.drop_table(table)
