"""Cursors of a search: each one tells that its first page was put on record, for this sign-in and these filters."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from dispatch_server.audit.canonical import canonical

PATTERN = r"^[0-9]{1,15}-[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class Cursors:
    """`key`: of this process. What another one gave is read, and its search is put on record again."""

    key: bytes

    def give(self, index: int, session_id: str, asked: Mapping[str, str | int | None]) -> str:
        return f"{index}-{self._proof(index, session_id, asked)}"

    def is_given(self, cursor: str, session_id: str, asked: Mapping[str, str | int | None]) -> bool:
        index, _, proof = cursor.partition("-")
        return hmac.compare_digest(proof, self._proof(int(index), session_id, asked))

    def _proof(self, index: int, session_id: str, asked: Mapping[str, str | int | None]) -> str:
        said = canonical({"asked": dict(asked), "index": index, "session": session_id})
        return hmac.new(self.key, said, sha256).hexdigest()


def index_in(cursor: str) -> int:
    return int(cursor.partition("-")[0])
