"""Enforcements, who takes part, what happened in their course, and the lists of recording steps."""

import sqlalchemy as sa
from alembic import op

revision = "enforcement_0001"
down_revision = None
branch_labels = ("enforcement",)
depends_on = None


def upgrade() -> None:
    _make_enforcements()
    _make_who_takes_part()
    _make_course()
    _make_lists()


def _of_enforcement(table: str, key: str = "number") -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("enforcement_id", key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["enforcement_id"], ["enforcements.id"], name=f"fk_{table}_enforcement_id_enforcements"
        ),
    ]


def _moment(name: str) -> list[sa.Column[object]]:
    optional = name != "opened"
    return [
        sa.Column(f"{name}_utc_us", sa.BigInteger, nullable=optional),
        sa.Column(f"{name}_received_utc_us", sa.BigInteger, nullable=optional),
        sa.Column(f"{name}_by", sa.String(64), nullable=optional),
    ]


def _make_enforcements() -> None:
    op.create_table(
        "enforcements",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("item_code", sa.String(32), nullable=False),
        sa.Column("item_version", sa.Integer, nullable=False),
        sa.Column("item_name", sa.String(200), nullable=False),
        sa.Column("party_kind", sa.String(16), nullable=False),
        sa.Column("party_name", sa.String(80), nullable=False),
        sa.Column("party_identifier", sa.String(40), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("list_digest", sa.String(64), nullable=False),
        sa.Column("open_key", sa.String(64), nullable=False),
        *(column for name in ("opened", "begun", "finished", "filed") for column in _moment(name)),
        sa.Column("changed_utc_us", sa.BigInteger, nullable=False),
        sa.Column("checked", sa.Text),
        sa.Column("check_reason", sa.String(200), nullable=False),
        sa.Column("finish_reason", sa.String(200), nullable=False),
        sa.Column("cancel_reason", sa.String(200), nullable=False),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enforcements"),
    )
    op.create_index("uq_enforcements_opened_by_open_key", "enforcements", ["opened_by", "open_key"], unique=True)
    op.create_index("ix_enforcements_opened_utc_us_id", "enforcements", ["opened_utc_us", "id"])
    op.create_index("ix_enforcements_department_opened_utc_us", "enforcements", ["department", "opened_utc_us"])
    op.create_index("ix_enforcements_changed_utc_us_id", "enforcements", ["changed_utc_us", "id"])
    op.create_index("ix_enforcements_state", "enforcements", ["state"])


def _make_who_takes_part() -> None:
    op.create_table(
        "enforcement_officers",
        sa.Column("enforcement_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("certificate", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        *_of_enforcement("enforcement_officers"),
    )
    op.create_index("ix_enforcement_officers_certificate", "enforcement_officers", ["certificate"])
    op.create_table(
        "enforcement_terminals",
        sa.Column("enforcement_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("terminal", sa.String(8), nullable=False),
        sa.Column("busy", sa.String(8)),
        *_of_enforcement("enforcement_terminals"),
        sa.UniqueConstraint("busy", name="uq_enforcement_terminals_busy"),
    )
    op.create_index("ix_enforcement_terminals_terminal", "enforcement_terminals", ["terminal"])


def _make_course() -> None:
    _make(
        "enforcement_steps",
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("class", sa.String(16), nullable=False),
        sa.Column("begun_utc_us", sa.BigInteger, nullable=False),
        sa.Column("ended_utc_us", sa.BigInteger),
        sa.Column("received_utc_us", sa.BigInteger, nullable=False),
    )
    _make(
        "enforcement_marks",
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("received_utc_us", sa.BigInteger, nullable=False),
        sa.Column("text", sa.String(400), nullable=False),
        sa.Column("important", sa.Boolean, nullable=False),
    )
    _make(
        "enforcement_pauses",
        sa.Column("from_utc_us", sa.BigInteger, nullable=False),
        sa.Column("to_utc_us", sa.BigInteger),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("resume_reason", sa.String(200), nullable=False),
    )
    _make(
        "enforcement_excuses",
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "enforcement_commands",
        sa.Column("enforcement_id", sa.String(36), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("received_utc_us", sa.BigInteger, nullable=False),
        *_of_enforcement("enforcement_commands", "key"),
    )


def _make(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("enforcement_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        *columns,
        sa.Column("actor", sa.String(64), nullable=False),
        *_of_enforcement(name),
    )


def _make_lists() -> None:
    op.create_table(
        "recording_step_lists",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("since_utc_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_recording_step_lists"),
    )


def downgrade() -> None:
    course = ("commands", "excuses", "pauses", "marks", "steps", "terminals", "officers")
    for name in ("recording_step_lists", *(f"enforcement_{one}" for one in course), "enforcements"):
        op.drop_table(name)
