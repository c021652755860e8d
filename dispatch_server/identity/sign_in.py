"""One-time sign-in codes: how the first person gets in without a default password."""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from dispatch_server.identity.model import Person
from dispatch_server.identity.ports import EntropyPort
from dispatch_server.kit.errors import TooMany, Unauthenticated

CODE_BYTES = 24


class CodeRefused(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("code_refused", "This sign-in link was used or is too old; ask for a new one.")


class TooManyCodes(TooMany):
    def __init__(self) -> None:
        super().__init__("too_many_requests", "Too many wrong codes; wait a minute.", retry_after_s=60)


def secret_from(entropy: bytes) -> str:
    return urlsafe_b64encode(entropy).rstrip(b"=").decode()


def digest_of(secret: str) -> bytes:
    """What is kept of a secret. It is random throughout, so a plain hash cannot be turned back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


@dataclass(slots=True)
class CodeBox:
    """The codes that were given and not yet used; wrong ones are slowed down for everybody alike."""

    entropy: EntropyPort
    life_s: float = 600.0
    capacity: int = 100
    wrong_per_minute: int = 30
    _codes: dict[bytes, tuple[Person, float]] = field(default_factory=dict)
    _wrong: list[float] = field(default_factory=list)

    def issue(self, person: Person, now: float) -> str:
        self._codes = {key: kept for key, kept in self._codes.items() if kept[1] > now}
        while len(self._codes) >= self.capacity:
            del self._codes[next(iter(self._codes))]
        code = secret_from(self.entropy(CODE_BYTES))
        self._codes[digest_of(code)] = (person, now + self.life_s)
        return code

    def use_up(self, code: str, now: float) -> Person:
        """The person whom the code lets in, once. A right code is never slowed down by wrong ones."""
        person, expires = self._codes.pop(digest_of(code), (None, 0.0))
        if person is not None and expires > now:
            return person
        self._wrong = [moment for moment in self._wrong if moment > now - 60.0]
        if len(self._wrong) >= self.wrong_per_minute:
            raise TooManyCodes
        self._wrong.append(now)
        raise CodeRefused
