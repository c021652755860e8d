"""
The keys of a node in one sealed file that two administrators open together.

Each copy is sealed to a public key (HPKE, RFC 9180) that stays on the node, so that a backup seals the keys of its own
day; the private key is made of the two shares, was never written, and is shown once.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from dispatch_server.kit.errors import LocalFault
from dispatch_server.ops.shares import SECRET_BYTES, Share, copy_name, join, split
from dispatch_server.runtime.files import create_whole, make_private_folder, replace_whole
from dispatch_server.runtime.keys import FOLDER as KEYS
from dispatch_server.runtime.world import World
from dispatch_server.settings.loading import TLS_CERTIFICATE, TLS_FOLDER, TLS_KEY

FOLDER = "escrow"
COPY = "keys.sealed"
_PUBLIC = "public"
_DRILLED = "drilled"
_FORM = "dispatch-escrow-1"
_LARGEST_BYTES = 4 * 1024 * 1024
_RENEWED = (f"{TLS_FOLDER}/{TLS_CERTIFICATE}", f"{TLS_FOLDER}/{TLS_KEY}")
_NAME = re.compile(rf"(?:{KEYS}|{TLS_FOLDER}|config)/[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}")
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class EscrowRefused(LocalFault):
    """There is no copy, it cannot be opened with these shares, or it is not what it should be."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What two shares brought to light, compared with the keys in use: names only."""

    same: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]  # in use, but not in the copy

    @property
    def passed(self) -> bool:
        return bool(self.same) and not self.changed and not self.missing


@dataclass(frozen=True, slots=True)
class Differences:
    added: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def suspicious(self) -> tuple[str, ...]:
        """Keys that nothing of ours changes; a certificate is renewed."""
        return tuple(name for name in self.changed if name not in _RENEWED)


class Escrow:
    def __init__(self, data_folder: Path, world: World) -> None:
        self._data = data_folder
        self._world = world
        self.folder = data_folder / FOLDER
        self.copy = self.folder / COPY

    @property
    def is_set_up(self) -> bool:
        return (self.folder / _PUBLIC).exists()

    def set_up(self, *, replace: bool = False) -> tuple[Share, Share]:
        """A new pair of shares, given back this once, and the first copy that they open."""
        if self.is_set_up and not replace:
            sentence = f"{self.folder} has its shares already. For new ones, when one was lost: --new-shares"
            raise EscrowRefused("escrow_there", sentence)
        secret = self._world.chance(SECRET_BYTES)
        public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
        shares = split(secret, self._world.chance(SECRET_BYTES), copy_name(public))
        make_private_folder(self.folder)
        self._write(_PUBLIC, public)
        (self.folder / _DRILLED).unlink(missing_ok=True)
        self.refresh()
        return shares

    def refresh(self) -> int:
        """Seal the keys as they are now, for the shares that are out; how many files."""
        files = keys_in_use(self._data)
        self._write(COPY, self.sealed(files))
        return len(files)

    def sealed(self, files: Mapping[str, bytes]) -> bytes:
        """These files, for whoever has both shares."""
        if not self.is_set_up:
            raise EscrowRefused("escrow_missing", "There are no shares yet. Cure: dispatch-server keys escrow")
        public = (self.folder / _PUBLIC).read_bytes()
        plain = json.dumps({name: base64.b64encode(data).decode() for name, data in files.items()}).encode()
        content = _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info=_FORM.encode())
        digests = {name: _digest(name, data) for name, data in files.items()}
        head = {"form": _FORM, "shares": copy_name(public), "made_utc_us": self._world.utc_us(), "digests": digests}
        return json.dumps({**head, "sealed": base64.b64encode(content).decode()}, indent=1).encode() + b"\n"

    def drill(self, copy: Path, one: Share, other: Share) -> Drill:
        """Prove that the copy can be opened and holds the keys in use; nothing is written but the day."""
        kept, used = opened(copy, one, other), keys_in_use(self._data)
        drill = Drill(
            same=tuple(name for name in used if kept.get(name) == used[name]),
            changed=tuple(name for name in used if name in kept and kept[name] != used[name]),
            missing=tuple(name for name in used if name not in kept),
        )
        if drill.passed:
            self._write(_DRILLED, str(self._world.utc_us()).encode())
        return drill

    def drilled_utc_us(self) -> int | None:
        """When the last drill passed."""
        try:
            return int((self.folder / _DRILLED).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def differences(self) -> Differences:
        """What the copy does not hold as it is now, told by digests, without opening it. EscrowRefused."""
        sealed, used = _head(self.copy)["digests"], keys_in_use(self._data)
        return Differences(
            added=tuple(name for name in used if name not in sealed),
            changed=tuple(name for name in used if name in sealed and sealed[name] != _digest(name, used[name])),
        )

    def keep_current(self) -> Differences:
        """
        Seal anew what was added or renewed since, for the same shares; what was found.

        A key that is never changed and yet is another one now is left to people: the copy may hold the right one.
        """
        found = self.differences()
        if not found.suspicious and (found.added or found.changed):
            self.refresh()
        return found

    def _write(self, name: str, data: bytes) -> None:
        make_private_folder(self.folder)
        replace_whole(self.folder / name, data, f".{name}.{self._world.chance(4).hex()}")


def keys_in_use(data_folder: Path) -> dict[str, bytes]:
    """Everything in the folders of keys and certificates, by its name under the data folder."""
    found: dict[str, bytes] = {}
    for folder in (KEYS, TLS_FOLDER):
        for path in sorted((data_folder / folder).glob("*")):
            name = f"{folder}/{path.name}"
            if path.is_file() and not path.is_symlink() and _NAME.fullmatch(name):
                found[name] = path.read_bytes()
    return found


def opened(copy: Path, one: Share, other: Share) -> dict[str, bytes]:
    """The files of a sealed copy, by name. EscrowRefused, ShareWrong."""
    secret = join(one, other)
    shares, content = _read(copy)
    if shares != one.copy:
        raise EscrowRefused("share_of_another", f"{copy} is opened by the shares {shares}, not by {one.copy}.")
    try:
        plain = _SUITE.decrypt(content, X25519PrivateKey.from_private_bytes(secret), info=_FORM.encode())
        files = {name: base64.b64decode(text, validate=True) for name, text in json.loads(plain).items()}
    except (InvalidTag, ValueError, TypeError, AttributeError) as error:
        raise EscrowRefused("escrow_unopened", f"{copy}: these shares do not open it, or it is damaged.") from error
    if not all(_NAME.fullmatch(name) for name in files):
        raise EscrowRefused("escrow_strange", f"{copy} holds names that are none of ours.")
    return files


def put_back(files: Mapping[str, bytes], data_folder: Path, world: World) -> list[str]:
    """Write keys of a copy where there are none; a key that is there already is never replaced."""
    taken = [name for name, data in files.items() if _differs(data_folder / name, data)]
    if taken:
        raise EscrowRefused("key_there", f"{', '.join(taken)} in {data_folder} is another key already; move it away.")
    written = []
    for name, data in files.items():
        path = data_folder / name
        make_private_folder(data_folder)
        make_private_folder(path.parent)
        if not path.exists():
            create_whole(path, [data], f".{path.name}.{world.chance(4).hex()}")
            written.append(name)
    return written


def _digest(name: str, data: bytes) -> str:
    """Keys are random throughout: a digest gives nothing away. The settings file is not, and is none of them."""
    return hashlib.sha256(name.encode() + b"\0" + data).hexdigest() if not name.startswith("config/") else ""


def _differs(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() != data


def _read(copy: Path) -> tuple[str, bytes]:
    content = _head(copy)
    try:
        return str(content["shares"]), base64.b64decode(content["sealed"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise EscrowRefused("escrow_unreadable", f"{copy}: not a sealed copy of keys: {error}") from error


def _head(copy: Path) -> dict[str, Any]:
    try:
        if copy.stat().st_size > _LARGEST_BYTES:
            raise ValueError("too large")
        content = json.loads(copy.read_bytes())
        if content["form"] != _FORM or not isinstance(content["digests"], dict):
            raise ValueError("another form")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EscrowRefused("escrow_unreadable", f"{copy}: not a sealed copy of keys: {error}") from error
    return dict(content)
