"""The tables of this room."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from dispatch_server.runtime.database import METADATA


def _of_enforcement() -> Column[str]:
    return Column("enforcement_id", String(36), ForeignKey("enforcements.id"), primary_key=True)


def _number() -> Column[int]:
    return Column("number", Integer, primary_key=True)


def _moment(name: str) -> list[Column[object]]:
    """When it happened, when the server took it, and by whom; empty: not yet."""
    optional = name != "opened"
    return [
        Column(f"{name}_utc_us", BigInteger, nullable=optional),
        Column(f"{name}_received_utc_us", BigInteger, nullable=optional),
        Column(f"{name}_by", String(64), nullable=optional),
    ]


enforcements = Table(
    "enforcements",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("department", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("item_code", String(32), nullable=False),
    Column("item_version", Integer, nullable=False),
    Column("item_name", String(200), nullable=False),
    Column("party_kind", String(16), nullable=False),
    Column("party_name", String(80), nullable=False),
    Column("party_identifier", String(40), nullable=False),
    Column("place", String(200), nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("list_digest", String(64), nullable=False),
    Column("open_key", String(64), nullable=False),
    *_moment("opened"),
    *_moment("begun"),
    *_moment("finished"),
    *_moment("filed"),
    Column("changed_utc_us", BigInteger, nullable=False),
    Column("checked", Text),  # JSON
    Column("check_reason", String(200), nullable=False),
    Column("finish_reason", String(200), nullable=False),
    Column("cancel_reason", String(200), nullable=False),
    Column("case_id", String(64), nullable=False),
    Column("faults", Text),  # JSON; empty: none
    Index("uq_enforcements_opened_by_open_key", "opened_by", "open_key", unique=True),
    Index("ix_enforcements_opened_utc_us_id", "opened_utc_us", "id"),
    Index("ix_enforcements_department_opened_utc_us", "department", "opened_utc_us"),
    Index("ix_enforcements_changed_utc_us_id", "changed_utc_us", "id"),
    Index("ix_enforcements_state", "state"),
)

officers = Table(
    "enforcement_officers",
    METADATA,
    _of_enforcement(),
    _number(),
    Column("certificate", String(40), nullable=False),
    Column("name", String(60), nullable=False),
    Column("department", String(64), nullable=False),
    Index("ix_enforcement_officers_certificate", "certificate"),
)

terminals = Table(
    "enforcement_terminals",
    METADATA,
    _of_enforcement(),
    _number(),
    Column("terminal", String(8), nullable=False),
    # The terminal again while it is under way: that each is in one at a time is held by the database.
    Column("busy", String(8), unique=True),
    Index("ix_enforcement_terminals_terminal", "terminal"),
)

steps = Table(
    "enforcement_steps",
    METADATA,
    _of_enforcement(),
    _number(),
    Column("step", String(40), nullable=False),
    Column("class", String(16), nullable=False, key="class_"),
    Column("begun_utc_us", BigInteger, nullable=False),
    Column("ended_utc_us", BigInteger),
    Column("received_utc_us", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False, key="by"),
)

marks = Table(
    "enforcement_marks",
    METADATA,
    _of_enforcement(),
    _number(),
    Column("utc_us", BigInteger, nullable=False),
    Column("received_utc_us", BigInteger, nullable=False),
    Column("text", String(400), nullable=False),
    Column("important", Boolean, nullable=False),
    Column("actor", String(64), nullable=False, key="by"),
)

pauses = Table(
    "enforcement_pauses",
    METADATA,
    _of_enforcement(),
    _number(),
    Column("from_utc_us", BigInteger, nullable=False),
    Column("to_utc_us", BigInteger),
    Column("reason", String(200), nullable=False),
    Column("resume_reason", String(200), nullable=False),
    Column("actor", String(64), nullable=False, key="by"),
)

excuses = Table(
    "enforcement_excuses",
    METADATA,
    _of_enforcement(),
    _number(),
    Column("step", String(40), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("utc_us", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False, key="by"),
)

commands = Table(
    "enforcement_commands",
    METADATA,
    _of_enforcement(),
    Column("key", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("utc_us", BigInteger, nullable=False),
    Column("received_utc_us", BigInteger, nullable=False),
)

lists = Table(
    "recording_step_lists",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("content", Text, nullable=False),  # JSON
    Column("since_utc_us", BigInteger, nullable=False),
)
