"""Publish keys: what a foreign encoder (OBS, FFmpeg, GStreamer) or a simulated terminal publishes with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class PublishKey:
    """One source's key; only its digest is kept."""

    id: str
    source: str
    label: str
    digest: bytes
    created_utc_us: int
    created_by: str
    last_used_utc_us: int | None = None
    revoked_utc_us: int | None = None

    @property
    def valid(self) -> bool:
        return self.revoked_utc_us is None


@dataclass(slots=True)
class KeyRing:
    """The keys as the database had them a moment ago; a publisher never waits for the database."""

    _keys: dict[str, PublishKey] = field(default_factory=dict)
    _by_digest: dict[bytes, str] = field(default_factory=dict)
    _used: dict[str, int] = field(default_factory=dict)

    def find(self, digest: bytes) -> PublishKey | None:
        """The valid key with this digest."""
        key = self._keys.get(self._by_digest.get(digest, ""))
        return key if key is not None and key.valid else None

    def get(self, key_id: str) -> PublishKey | None:
        return self._keys.get(key_id)

    def valid_of(self, source: str) -> PublishKey | None:
        return next((key for key in self._keys.values() if key.source == source and key.valid), None)

    def put(self, key: PublishKey) -> None:
        self._keys[key.id] = key
        self._by_digest[key.digest] = key.id

    def used(self, key_id: str, utc_us: int) -> None:
        key = self._keys.get(key_id)
        if key is not None:
            self._keys[key_id] = replace(key, last_used_utc_us=utc_us)
            self._used[key_id] = utc_us

    def take_used(self) -> dict[str, int]:
        """Which keys were used since the last call."""
        taken, self._used = self._used, {}
        return taken

    def refresh(self, keys: Iterable[PublishKey]) -> tuple[PublishKey, ...]:
        """Take over what the database says now; the answer is the keys that were revoked elsewhere meanwhile."""
        known = dict(self._keys)
        self._keys.clear()
        self._by_digest.clear()
        for key in keys:
            before = known.get(key.id)
            if before is not None and before.last_used_utc_us is not None:
                latest = max(before.last_used_utc_us, key.last_used_utc_us or 0)
                key = replace(key, last_used_utc_us=latest)
            self.put(key)
        gone = [key for key in known.values() if key.valid and self.find(key.digest) is None]
        return tuple(gone)

    def __iter__(self) -> Iterator[PublishKey]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)
