"""One-time codes that a person reads out or a camera reads: how they look, are read, kept and used up."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlencode

from dispatch_server.devices.ports import EntropyPort

# Crockford's base 32: no I, L, O, U, so that nothing is misread and nothing is spelt by accident.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", " ": "", "-": "", "\u2013": "", "\u2014": ""})
LOCATOR_LENGTH = 2  # tells which code is meant, so that wrong tries count against that one
SECRET_LENGTH = 10  # 5 bits each: 50 bits
GROUP = 4
LONGEST_READ = 40
SCHEME = "dispatch-enrol"
SHIFT_SCHEME = "dispatch-shift"


@dataclass(frozen=True, slots=True)
class Code:
    """`locator` may be known to everybody; the rest is kept as a digest only."""

    text: str  # 12 characters, without hyphens

    @property
    def locator(self) -> str:
        return self.text[:LOCATOR_LENGTH]

    @property
    def digest(self) -> bytes:
        """
        SHA-256 of the whole. 50 bits with a plain hash: to turn it back takes a graphics card more than a day, and
        the code is dead after ten minutes.
        """
        return hashlib.sha256(self.text.encode("ascii")).digest()

    def shown(self) -> str:
        """As people read it: 7K4M-…-…."""
        return "-".join(self.text[start : start + GROUP] for start in range(0, len(self.text), GROUP))


@dataclass(frozen=True, slots=True)
class KeptCode:
    """What is known of a code that was given. `officer`: of a shift code only."""

    locator: str
    digest: bytes
    terminal: str
    issued_utc_us: int
    expires_utc_us: int
    issued_by: str
    officer: str = ""
    shift_ends_utc_us: int = 0
    tries: int = 0
    used_utc_us: int | None = None

    def open(self, utc_us: int, tries: int) -> bool:
        """Not used, not too old, not guessed at too often."""
        return self.used_utc_us is None and utc_us < self.expires_utc_us and self.tries < tries

    def fits(self, code: Code) -> bool:
        """In constant time."""
        return hmac.compare_digest(self.digest, code.digest)


def new_code(entropy: EntropyPort) -> Code:
    """32 divides 256: every character is equally likely."""
    return Code("".join(ALPHABET[byte & 31] for byte in entropy(LOCATOR_LENGTH + SECRET_LENGTH)))


def read_code(text: str) -> Code | None:
    """What somebody typed: small letters, missing or odd hyphens and misread letters are taken for what they mean."""
    if len(text) > LONGEST_READ:
        return None
    plain = text.upper().translate(MISREAD)
    if len(plain) != LOCATOR_LENGTH + SECRET_LENGTH or not set(plain) <= set(ALPHABET):
        return None
    return Code(plain)


def enrolment_uri(server: str, code: Code, ca_fingerprint: str = "") -> str:
    """What the QR holds: all that a device needs to find this server, to know it again, and to be let in once."""
    words = {"server": server, "code": code.shown()}
    if ca_fingerprint:
        words["ca"] = ca_fingerprint
    return f"{SCHEME}:?{urlencode(words)}"


def shift_uri(code: Code) -> str:
    return f"{SHIFT_SCHEME}:?{urlencode({'code': code.shown()})}"
