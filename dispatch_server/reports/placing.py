"""Where a recording stands in the order of results, newest first, as one number that says it all."""

from hashlib import blake2b

# A number that every JSON reader keeps whole. It has room for the milliseconds until 2248 and 1024 places in each.
FURTHEST = (1 << 53) - 1
IN_ONE_MS = 1024
LATEST_MS = FURTHEST // IN_ONE_MS


def places_of(begun_utc_us: int) -> range:
    """All places of recordings that began in this millisecond: smaller is newer."""
    milliseconds = min(max(0, begun_utc_us // 1000), LATEST_MS - 1)
    last = FURTHEST - milliseconds * IN_ONE_MS
    return range(last - IN_ONE_MS + 1, last + 1)


def first_choice(recording_id: str, begun_utc_us: int) -> int:
    """The same in every database, unless another one has it."""
    chosen = int.from_bytes(blake2b(recording_id.encode(), digest_size=2).digest(), "big") % IN_ONE_MS
    return places_of(begun_utc_us)[chosen]


def next_choice(place: int, begun_utc_us: int) -> int:
    """The one after it in the same millisecond, round and round."""
    places = places_of(begun_utc_us)
    return places[(place - places.start + 1) % IN_ONE_MS]
