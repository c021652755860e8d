"""Every bound of uploads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bytes, counts and seconds. `piece_bytes` is what one upload holds in memory while it is received."""

    upload_bytes: int = 512 << 20
    uploads_of_terminal: int = 4
    bytes_of_terminal: int = 2 << 30
    uploads: int = 200
    bytes_in_all: int = 32 << 30
    checked_chunk_bytes: int = 64 << 20  # of one PATCH with a checksum: until it is whole nothing of it counts
    piece_bytes: int = 1 << 20
    sync_bytes: int = 8 << 20
    chunk_s: float = 600.0
    expires_s: float = 86_400.0
    part_bytes: int = 64 << 20  # of one fragment: it is decrypted in memory
    looked_into: int = 1  # whole uploads at a time
    masters_of_terminal: int = 500  # that are open
    silent_days: float = 30.0
    tick_s: float = 5.0
