"""The tables of people, of what they may do, and of their sign-ins."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from dispatch_server.runtime.database import METADATA

sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the cookie's secret
    Column("person_id", String(64), nullable=False),
    Column("person_name", String(80), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("department", String(200), nullable=False),
    Column("begun_utc_us", BigInteger, nullable=False),
    Column("seen_utc_us", BigInteger, nullable=False),
    Column("proved_utc_us", BigInteger, nullable=False, server_default="0"),
    Column("address", String(64), nullable=False, server_default=""),
    Column("device", String(200), nullable=False, server_default=""),
    Index("ix_sign_ins_seen_utc_us", "seen_utc_us"),
    Index("ix_sign_ins_person_id", "person_id"),
)
people = Table(
    "people",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("account", String(64), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("department", String(200), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("password_utc_us", BigInteger, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("sealed_factor", LargeBinary(200)),
    Column("factor_step", BigInteger, nullable=False),
    Column("created_utc_us", BigInteger, nullable=False),
    Column("used_utc_us", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_people_department", "department"),
)
old_passwords = Table(
    "old_passwords",
    METADATA,
    Column("person_id", String(36), ForeignKey("people.id"), primary_key=True),
    Column("set_utc_us", BigInteger, primary_key=True),
    Column("password_hash", String(200), nullable=False),
)
recovery_codes = Table(
    "recovery_codes",
    METADATA,
    Column("person_id", String(36), ForeignKey("people.id"), primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
)
known_devices = Table(
    "known_devices",
    METADATA,
    Column("digest", LargeBinary(32), primary_key=True),  # SHA-256 of the device cookie's secret
    Column("person_id", String(36), ForeignKey("people.id"), primary_key=True),
    Column("used_utc_us", BigInteger, nullable=False),
    Index("ix_known_devices_person_id", "person_id"),
)
permits = Table(
    "permits",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), ForeignKey("people.id"), nullable=False),
    Column("action", String(64), nullable=False),
    Column("department", String(200), nullable=False),
    Column("until_utc_us", BigInteger, nullable=False),
    Column("granted_by", String(64), nullable=False),
    Column("granted_utc_us", BigInteger, nullable=False),
    Index("ix_permits_person_id_until_utc_us", "person_id", "until_utc_us"),
)
recoveries = Table(
    "recoveries",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("person_id", String(36), ForeignKey("people.id"), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_roles", String(200), nullable=False),
    Column("asked_utc_us", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("confirmed_by", String(64), nullable=False),
    Column("ended_utc_us", BigInteger, nullable=False),
    Index("ix_recoveries_asked_utc_us", "asked_utc_us"),
)
