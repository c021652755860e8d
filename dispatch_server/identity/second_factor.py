"""Time-based one-time passwords (RFC 6238), codes for who lost the device, and how their secrets are sealed."""

from base64 import b32encode
from collections.abc import Callable
from functools import cached_property
from hmac import compare_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp import TOTP

from dispatch_server.identity.ports import EntropyPort
from dispatch_server.kit.errors import LocalFault

STEP_S = 30
SECRET_BYTES = 20  # as long as the HMAC's digest (RFC 4226 section 4)
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_NONCE_BYTES = 12


def new_secret(entropy: EntropyPort) -> str:
    return b32encode(entropy(SECRET_BYTES)).decode()


def uri_of(secret: str, account: str, issuer: str) -> str:
    """What an authenticator scans: otpauth://totp/…"""
    return TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, utc_us: int, last_step: int) -> int | None:
    """
    The time step that a code stands for, or None.

    One step of difference either way is let pass (RFC 6238 section 5.2). A step that was used, or an older one, never
    counts again: a code that somebody looked at is worth nothing.
    """
    now = utc_us // 1_000_000 // STEP_S
    given = code.encode("utf-8", "replace")
    totp = TOTP(secret)
    found = None
    for step in (now - 1, now, now + 1):
        if compare_digest(totp.generate_otp(step).encode(), given) and step > last_step:
            found = step
    return found


def new_recovery_codes(entropy: EntropyPort) -> list[str]:
    """Each good once; 80 bits each, so that a plain digest is enough to keep."""
    codes = []
    for _ in range(RECOVERY_CODES):
        letters = b32encode(entropy(_RECOVERY_BYTES)).decode().lower()
        codes.append("-".join(letters[at : at + 4] for at in range(0, 16, 4)))
    return codes


class Seal:
    """Secrets of second factors at rest: AES-256-GCM, bound to the person, so that a row moved is a row spoilt."""

    def __init__(self, key: Callable[[], bytes], entropy: EntropyPort) -> None:
        """`key`: 32 bytes, asked for at first use, when the key files are open."""
        self._key = key
        self._entropy = entropy

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._key())

    def close(self, secret: str, person_id: str) -> bytes:
        nonce = self._entropy(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), person_id.encode())

    def open(self, sealed: bytes, person_id: str) -> str:
        """Raises LocalFault when it is not of this key and person."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], person_id.encode()).decode()
        except InvalidTag:
            raise LocalFault("second_factor_unreadable", "A second factor was sealed with another key.") from None
