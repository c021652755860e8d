"""Signed tokens and public keys (RFC 7515, 7517, 7519), read as narrowly as RFC 8725 advises."""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from dispatch_server.devices.refusals import KeyUnusable

# One algorithm for each kind of key; the names are the fully specified ones of RFC 9864.
ED25519, ES256 = "Ed25519", "ES256"
LONGEST_TOKEN = 4096
_PART = re.compile(r"[A-Za-z0-9_-]+")
_KEY_MEMBERS = {"OKP": ({"kty", "crv", "x"}, "Ed25519", ED25519), "EC": ({"kty", "crv", "x", "y"}, "P-256", ES256)}
Key = OKPKey | ECKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A device's public key, in its one canonical form."""

    key: Key
    algorithm: str
    thumbprint: str  # RFC 7638
    jwk: str


@dataclass(frozen=True, slots=True)
class Claims:
    """A token's content, whose signature nobody has looked at yet: good for finding the key, for nothing else."""

    header: Mapping[str, Any]
    content: Mapping[str, Any]


def read_public_key(jwk: Mapping[str, Any]) -> PublicKey:
    """P-256 or Ed25519, the public members alone. Raises KeyUnusable."""
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in _KEY_MEMBERS:
        raise KeyUnusable("The key must be an Ed25519 or P-256 key.")
    members, curve, algorithm = _KEY_MEMBERS[kind]
    if set(jwk) != members or jwk["crv"] != curve or not all(isinstance(jwk[name], str) for name in members):
        raise KeyUnusable(f"The key must have the members {', '.join(sorted(members))}, crv {curve}, and no others.")
    plain: dict[str, str | list[str]] = {name: str(jwk[name]) for name in sorted(members)}
    try:
        key: Key = OKPKey.import_key(plain) if kind == "OKP" else ECKey.import_key(plain)
        key.public_key  # noqa: B018 - it is decoded when it is asked for: a point off the curve shows here
    except (JoseError, ValueError, TypeError) as error:
        raise KeyUnusable("The key cannot be read.") from error
    return PublicKey(key, algorithm, key.thumbprint(), json.dumps(plain, separators=(",", ":")))


def public_key_of(kept: str) -> PublicKey:
    """From the form in which it is kept."""
    return read_public_key(json.loads(kept))


def peek(token: str) -> Claims | None:
    """Header and content of a compact JWS; None for anything else, of whatever kind."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    parts = token.split(".")
    if len(parts) != 3 or not all(_PART.fullmatch(part) for part in parts):
        return None
    header, content = (_object_in(part) for part in parts[:2])
    return Claims(header, content) if header is not None and content is not None else None


def is_signed(token: str, key: Key, algorithm: str) -> bool:
    """Whether this key signed it, by this algorithm and no other. `peek` has looked at its form before."""
    try:
        jws.deserialize_compact(token, key, algorithms=[algorithm])
    except (JoseError, InvalidSignature, ValueError, TypeError, KeyError):
        return False
    return True


def whole_number(value: object) -> int | None:
    """A NumericDate (RFC 7519 section 2) in seconds, whole; bools, floats and texts are none."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def _object_in(part: str) -> dict[str, Any] | None:
    try:
        data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7519 section 4: a repeated name may be read differently by two readers."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
