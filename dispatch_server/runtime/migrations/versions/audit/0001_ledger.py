"""The ledger of acts: its tables, and triggers that refuse to change or remove what stands in it."""

import sqlalchemy as sa
from alembic import op

revision = "audit_0001"
down_revision = None
branch_labels = ("audit",)
depends_on = None

APPEND_ONLY = ("acts", "ledger_nodes", "ledger_heads")
REFUSAL = "the ledger is append-only"


def upgrade() -> None:
    _create_acts()
    _create_tree()
    row = {"id": 1, "log_id": "", "size": 0, "frontier": b"", "heads": 0}
    op.bulk_insert(_create_state(), [row])
    if op.get_context().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _create_acts() -> None:
    op.create_table(
        "acts",
        sa.Column("leaf_index", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False),
        sa.Column("line", sa.LargeBinary, nullable=False),
        sa.Column("identity", sa.String(36), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("actor_name", sa.String(100), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_acts"),
        sa.UniqueConstraint("identity", name="uq_acts_identity"),
    )
    op.create_index("ix_acts_utc_us", "acts", ["utc_us"])
    for column in ("actor", "subject", "action"):
        op.create_index(f"ix_acts_{column}_leaf_index", "acts", [column, "leaf_index"])


def _create_tree() -> None:
    op.create_table(
        "ledger_nodes",
        sa.Column("level", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("node_index", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("level", "node_index", name="pk_ledger_nodes"),
    )
    op.create_table(
        "ledger_heads",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("log_id", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("utc_us", sa.BigInteger, nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.LargeBinary(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_heads"),
    )


def _create_state() -> sa.Table:
    return op.create_table(
        "ledger_state",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("log_id", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("heads", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_state"),
    )


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for table in APPEND_ONLY:
        for name, event, each in (("rows", "UPDATE OR DELETE", "ROW"), ("all", "TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_keep_{name} BEFORE {event} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION ledger_is_append_only()"
            )


def downgrade() -> None:
    for table in ("ledger_state", "ledger_heads", "ledger_nodes", "acts"):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_is_append_only()")
