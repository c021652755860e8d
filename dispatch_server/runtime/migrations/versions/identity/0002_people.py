"""People: accounts, old passwords, recovery codes, known devices, permits, recoveries; more about each sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "identity_0002"
down_revision = "identity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("proved_utc_us", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("sign_ins", sa.Column("address", sa.String(64), nullable=False, server_default=""))
    op.add_column("sign_ins", sa.Column("device", sa.String(200), nullable=False, server_default=""))
    op.create_index("ix_sign_ins_person_id", "sign_ins", ["person_id"])
    op.create_table(
        "people",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("password_utc_us", sa.BigInteger, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("sealed_factor", sa.LargeBinary(200), nullable=True),
        sa.Column("factor_step", sa.BigInteger, nullable=False),
        sa.Column("created_utc_us", sa.BigInteger, nullable=False),
        sa.Column("used_utc_us", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("account", name="uq_people_account"),
    )
    op.create_index("ix_people_department", "people", ["department"])
    _belongings()
    _rights()


def _belongings() -> None:
    op.create_table(
        "old_passwords",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("set_utc_us", sa.BigInteger, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "set_utc_us", name="pk_old_passwords"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_old_passwords_person_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "digest", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_recovery_codes_person_id"),
    )
    op.create_table(
        "known_devices",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("used_utc_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest", "person_id", name="pk_known_devices"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_known_devices_person_id"),
    )
    op.create_index("ix_known_devices_person_id", "known_devices", ["person_id"])


def _rights() -> None:
    op.create_table(
        "permits",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("until_utc_us", sa.BigInteger, nullable=False),
        sa.Column("granted_by", sa.String(64), nullable=False),
        sa.Column("granted_utc_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_permits"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_permits_person_id"),
    )
    op.create_index("ix_permits_person_id_until_utc_us", "permits", ["person_id", "until_utc_us"])
    op.create_table(
        "recoveries",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_roles", sa.String(200), nullable=False),
        sa.Column("asked_utc_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("confirmed_by", sa.String(64), nullable=False),
        sa.Column("ended_utc_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recoveries"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_recoveries_person_id"),
    )
    op.create_index("ix_recoveries_asked_utc_us", "recoveries", ["asked_utc_us"])


def downgrade() -> None:
    for table in ("recoveries", "permits", "known_devices", "recovery_codes", "old_passwords", "people"):
        op.drop_table(table)
    op.drop_index("ix_sign_ins_person_id", "sign_ins")
    with op.batch_alter_table("sign_ins") as changed:
        for column in ("device", "address", "proved_utc_us"):
            changed.drop_column(column)
