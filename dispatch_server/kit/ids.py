"""Identifiers: UUIDv7 (RFC 9562 5.7) from a time and random bytes that are given."""

from uuid import UUID

RANDOM_BYTES = 10


def uuid7(utc_ms: int, chance: bytes) -> str:
    """
    A UUIDv7 as text: sorts by time, tells nothing else.

    `chance` is ten random bytes, of which six bits give way to version and variant.
    """
    if len(chance) != RANDOM_BYTES:
        raise ValueError(f"ten random bytes are needed, not {len(chance)}")
    value = (utc_ms & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(chance, "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def utc_ms_of(identifier: str) -> int:
    """The milliseconds since the epoch that a UUIDv7 was made from; ValueError for anything else."""
    value = UUID(identifier)
    if value.version != 7:
        raise ValueError("not a UUIDv7")
    return value.int >> 80
