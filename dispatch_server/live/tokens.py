"""Media tokens: 256 random bits that open one session in one direction within a minute."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.live.ports import EntropyPort
from dispatch_server.live.refusals import TokenElsewhere, TokenRefused, TooManySessions
from dispatch_server.media.abilities import Fingerprint

SECRET_BYTES = 32
LONGEST_TOKEN = 128


class Direction(StrEnum):
    PUBLISH = "publish"
    WATCH = "watch"


def new_secret(prefix: str, entropy: EntropyPort) -> str:
    return prefix + urlsafe_b64encode(entropy(SECRET_BYTES)).rstrip(b"=").decode()


def digest_of(secret: str) -> bytes:
    """What is kept of a secret. It is 256 random bits, so a plain hash cannot be turned back."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def is_terminal(holder: str) -> bool:
    """As identity's TerminalCaller names itself; everybody else is the id of a sign-in or of a publish key."""
    return holder.startswith("terminal:")


def same(a: bytes, b: bytes) -> bool:
    """Compare digests in constant time; an empty one equals nothing."""
    return bool(a) and hmac.compare_digest(a, b)


def fingerprints_in(offer: str) -> frozenset[Fingerprint]:
    """The a=fingerprint lines of a description, wherever they stand."""
    found = set()
    for line in offer.splitlines():
        name, _, value = line.strip().partition(":")
        if name.lower() == "a=fingerprint":
            algorithm, _, digest = value.strip().partition(" ")
            found.add(Fingerprint(algorithm.lower(), digest.strip().upper()))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class MediaToken:
    direction: Direction
    target: str  # publish: the source; watch: the id of the stream
    holder: str  # who asked for it: ends with that sign-in
    expires: float  # monotonic
    fingerprint: Fingerprint | None = None

    def check(self, direction: Direction, target: str, offer: str) -> None:
        """Refuse another direction, another target, another certificate."""
        if self.direction is not direction or self.target != target:
            raise TokenElsewhere("This token was given for something else.")
        if self.fingerprint is not None and fingerprints_in(offer) != {self.fingerprint}:
            raise TokenElsewhere("The offer's fingerprint is not the one that the token is bound to.")


@dataclass(slots=True)
class TokenBox:
    """The tokens that were given and not yet used, by digest."""

    entropy: EntropyPort
    life_s: float = 60.0
    capacity: int = 10_000
    of_terminal: int = 8  # for each holder; its oldest gives way, so that nobody fills the box for all others
    of_sign_in: int = 256  # a wall asks for many at once
    refused: int = 0
    _tokens: dict[bytes, MediaToken] = field(default_factory=dict)
    _held: dict[str, list[bytes]] = field(default_factory=dict)  # by holder, the oldest first

    def issue(self, direction: Direction, target: str, holder: str, fingerprint: Fingerprint | None, now: float) -> str:
        held = self._held.get(holder, [])
        if len(held) >= (self.of_terminal if is_terminal(holder) else self.of_sign_in):
            self.use_up(held[0])
        if len(self._tokens) >= self.capacity:
            self.sweep(now)
        if len(self._tokens) >= self.capacity:
            self.refused += 1
            raise TooManySessions("Too many unused tokens are out.")
        secret = new_secret("mt_", self.entropy)
        token = MediaToken(direction, target, holder, now + self.life_s, fingerprint)
        digest = digest_of(secret)
        self._tokens[digest] = token
        self._held.setdefault(holder, []).append(digest)
        return secret

    def find(self, digest: bytes, now: float) -> MediaToken:
        """
        The token, still unused. The look-up is by digest: what its timing tells of a digest helps nobody
        to find the secret.
        """
        token = self._tokens.get(digest)
        if token is None or token.expires <= now:
            raise TokenRefused
        return token

    def use_up(self, digest: bytes) -> None:
        holder = self._tokens.pop(digest).holder
        self._held[holder].remove(digest)
        if not self._held[holder]:
            del self._held[holder]

    def withdraw(self, holder: str) -> None:
        """The holder signed out: what it has not used is void."""
        for digest in self._held.pop(holder, []):
            del self._tokens[digest]

    def sweep(self, now: float) -> None:
        for digest in [key for key, token in self._tokens.items() if token.expires <= now]:
            self.use_up(digest)

    def __len__(self) -> int:
        return len(self._tokens)
