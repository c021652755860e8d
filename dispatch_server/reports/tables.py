"""Tables of the search: what is shown of a recording apart from the little that is looked at to find it."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from dispatch_server.runtime.database import METADATA

PLACE = BigInteger().with_variant(Integer(), "sqlite")  # SQLite finds a row by its number only when it is INTEGER

searched = Table(
    "search_recordings",
    METADATA,
    Column("place", PLACE, primary_key=True, autoincrement=False),
    Column("recording_id", String(36), nullable=False),
    Column("department", String(200), nullable=False),
    Column("facts", Text, nullable=False),
    Index("uq_search_recordings_recording_id", "recording_id", unique=True),
)
# A hundred to a page of the database: a thousand of them are looked at for a count, the rows above only to be shown.
bounds = Table(
    "search_bounds",
    METADATA,
    Column("place", PLACE, primary_key=True, autoincrement=False),
    Column("begun_utc_us", BigInteger, nullable=False),
    Column("until_utc_us", BigInteger, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
)
# Where else it was, of those that show several enforcements.
positions = Table(
    "search_positions",
    METADATA,
    Column("place", PLACE, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
)
# As words are compared; only what pairs of characters cannot tell.
texts = Table(
    "search_texts",
    METADATA,
    Column("place", PLACE, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("party", Text, nullable=False),
)
OF_A_RECORDING = (searched, bounds, texts)  # one row of each

departments = Table("search_departments", METADATA, Column("department", String(200), primary_key=True))
# What was once wrong with a picture is told only when it happens: no room knows it afterwards. It is never cleared.
faults = Table(
    "search_faults",
    METADATA,
    Column("recording_id", String(36), primary_key=True),
    Column("fault", String(16), primary_key=True),
)
standing = Table(
    "search_standing",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
