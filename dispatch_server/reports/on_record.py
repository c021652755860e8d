"""Which searches by a name are on record already: the next page of one, or the same again, is no new one."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from dispatch_server.reports.model import Query

MOST = 1_000  # the oldest is forgotten, and put on record again


@dataclass(slots=True)
class OnRecord:
    """By digests: no name is kept in memory for it."""

    most: int = MOST
    _known: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def has(self, sign_in: str, query: Query) -> bool:
        return _digest(sign_in, query) in self._known

    def add(self, sign_in: str, query: Query) -> None:
        """After it was entered."""
        self._known[_digest(sign_in, query)] = None
        while len(self._known) > self.most:
            self._known.popitem(last=False)


def _digest(sign_in: str, query: Query) -> bytes:
    search = replace(query, after=None, limit=0)
    return blake2b(repr((sign_in, search)).encode(), digest_size=16).digest()
