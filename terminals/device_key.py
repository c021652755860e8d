"""The key pair that this device made for itself, and the place in the server's register that it opens."""

import json
import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from dispatch_server.kit.errors import LocalFault
from terminals import world

ALGORITHM = "Ed25519"  # RFC 9864
ASSERTION_S = 60
JTI_BYTES = 16
LARGEST_FILE_BYTES = 16_384


class DeviceKeyWrong(LocalFault):
    """It cannot be used, or others may read it."""

    def __init__(self, sentence: str) -> None:
        super().__init__("device_key_wrong", sentence)


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """`number` is the server's word for this device; empty before it is enrolled."""

    key: OKPKey
    number: str = ""
    server: str = ""
    audience: str = ""

    @classmethod
    def make(cls) -> Self:
        """The private half is made here and never leaves."""
        private = Ed25519PrivateKey.from_private_bytes(world.chance(32))
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(OKPKey.import_key(pem))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises DeviceKeyWrong; also for a file that others may read: whoever has the key is this terminal."""
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                raise DeviceKeyWrong(f"{path}: others may read it (mode {mode:04o}); enrol this device again")
            with path.open("rb") as file:
                kept = json.loads(file.read(LARGEST_FILE_BYTES))
            words = {name: str(kept[name]) for name in ("number", "server", "audience")}
            return cls(OKPKey.import_key(kept["key"]), **words)
        except OSError as error:
            raise DeviceKeyWrong(f"{path}: the device key cannot be read: {error}") from None
        except (ValueError, KeyError, TypeError, JoseError):
            raise DeviceKeyWrong(f"{path}: is no device key; enrol this device again") from None

    def write(self, path: Path) -> None:
        """Whole or not at all, for nobody else, and on the disk when this returns."""
        kept = {
            "number": self.number,
            "server": self.server,
            "audience": self.audience,
            "key": self.key.as_dict(private=True),
        }
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{world.chance(4).hex()}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    @property
    def public(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    def placed(self, number: str, server: str, audience: str) -> "DeviceKey":
        return replace(self, number=number, server=server, audience=audience)

    def following(self, old: "DeviceKey") -> "DeviceKey":
        """In the place of an earlier one."""
        return self.placed(old.number, old.server, old.audience)

    def assertion(self, utc_us: int) -> str:
        """Signed, for one use within a minute (RFC 7523 section 3)."""
        return self._signed("JWT", {}, utc_us)

    def vouch_for(self, new: "DeviceKey", utc_us: int) -> tuple[str, str]:
        """What replaces this key by a new one: the old one's word for it, and the new one's own."""
        by_old = self._signed("key-roll-over+jwt", {"cnf": {"jwk": new.public}}, utc_us)
        return by_old, new.assertion(utc_us)

    def _signed(self, kind: str, more: dict[str, Any], utc_us: int) -> str:
        now = utc_us // 1_000_000
        claims = {
            "iss": self.number,
            "sub": self.number,
            "aud": self.audience,
            "iat": now,
            "exp": now + ASSERTION_S,
            "jti": world.chance(JTI_BYTES).hex(),
            **more,
        }
        header = {"alg": ALGORITHM, "typ": kind, "kid": self.key.thumbprint()}
        return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])


def new_file(path: Path) -> Path:
    """Where a key stands until the server has taken it."""
    return path.with_name(f"{path.name}.new")
