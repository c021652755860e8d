"""Officers' PINs: which are good, how they are kept, and when guessing is stopped."""

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from dispatch_server.devices.refusals import PinTooWeak

LENGTHS = range(6, 13)
# RFC 9106 section 4, second choice: 64 MiB, 3 passes; one lane, because several PINs may be checked at a time.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1, type=Type.ID)


@dataclass(frozen=True, slots=True)
class KeptPin:
    officer: str
    digest: str  # Argon2id, with its salt and costs
    tries: int = 0  # wrong ones in a row
    locked_until_utc_us: int = 0

    def locked(self, utc_us: int) -> bool:
        return utc_us < self.locked_until_utc_us

    def after(self, right: bool, utc_us: int, most: int, lock_us: int) -> "KeptPin":
        """A right one forgives the wrong ones before it; too many wrong ones in a row lock it for a while."""
        if right:
            return replace(self, tries=0, locked_until_utc_us=0)
        tries = self.tries + 1
        return replace(self, tries=tries % most, locked_until_utc_us=utc_us + lock_us if tries >= most else 0)


def check_strength(pin: str) -> None:
    """Raises PinTooWeak."""
    if len(pin) not in LENGTHS or not (pin.isascii() and pin.isdigit()):
        raise PinTooWeak
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise PinTooWeak


def hashed(pin: str) -> str:
    """Takes tens of milliseconds on purpose: call it in a thread."""
    return _HASHER.hash(pin)


def verified(digest: str | None, pin: str) -> bool:
    """The same. Without a digest something is checked too, so that the answer takes as long."""
    try:
        return _HASHER.verify(digest or _nobodys(), pin) and digest is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return hashed("no PIN is as long as this")
