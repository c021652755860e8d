"""What all events have in common: frozen facts, named in the past, that slices tell each other."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that has happened. Subclasses are frozen slots dataclasses of plain values, named as a past participle.

    `utc_us` is the server's UTC in microseconds; `identity` a UUIDv7 by which a receiver knows a repeated delivery.
    A `durable` kind also reaches nodes that were cut off for a while.
    """

    durable: ClassVar[bool] = False

    identity: str
    utc_us: int
