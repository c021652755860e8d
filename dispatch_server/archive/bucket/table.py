"""The table of copies in the bucket, and the mark that one wants another look."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.bucket.model import BEGUN, LOOK_AGAIN
from dispatch_server.runtime.database import METADATA

copies = Table(
    "recording_copies",
    METADATA,
    Column("recording_id", String(36), ForeignKey("recordings.id"), primary_key=True),
    Column("folder", String(80), nullable=False),
    Column("copied_utc_us", BigInteger, nullable=False),
    Column("due_utc_us", BigInteger, nullable=False),
    Index("ix_recording_copies_due_utc_us", "due_utc_us"),
)


async def look_again(connection: AsyncConnection, recording_id: str) -> None:
    """Something was added to its folder; as a part of the transaction that says so."""
    copied = update(copies).where(copies.c.recording_id == recording_id, copies.c.copied_utc_us != BEGUN)
    await connection.execute(copied.values(copied_utc_us=LOOK_AGAIN))
