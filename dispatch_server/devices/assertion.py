"""A terminal's signed assertion (RFC 7523 section 3): what it must say, and that it is said once."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.devices.jose import Claims, is_signed, public_key_of, whole_number
from dispatch_server.devices.model import DeviceKey
from dispatch_server.devices.refusals import AssertionRefused, TooManyAssertions

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE_S = 60
_CLAIMS = frozenset({"iss", "sub", "aud", "iat", "exp", "jti"})
JTI_LENGTHS = range(16, 65)


@dataclass(frozen=True, slots=True)
class Expected:
    """
    `begun_utc_us`: when this process started; what is older may have been used before, and is forgotten. A device whose
    clock is behind is therefore refused for as long after a start. Each process remembers its own: nodes behind one
    address that are not asked by the same device again each take an assertion once.
    """

    audience: str
    utc_us: int
    tolerance_us: int
    begun_utc_us: int = 0


def check_assertion(token: str, claims: Claims, key: DeviceKey, expected: Expected) -> str:
    """
    The jti of a good assertion by this key. Raises AssertionRefused.

    The header names the algorithm and the key (by its thumbprint), which were agreed on before it came, and nothing
    else: a `jku`, `x5u`, `jwk` or `crit` is refused unread (RFC 8725 sections 3.1, 3.10).
    """
    header = dict(claims.header)
    if header.pop("typ", "JWT") != "JWT" or header != {"alg": key.algorithm, "kid": key.thumbprint}:
        raise AssertionRefused
    _check_claims(claims.content, _CLAIMS, key, expected)
    if not is_signed(token, public_key_of(key.public_jwk).key, key.algorithm):
        raise AssertionRefused
    return str(claims.content["jti"])


def check_roll_over(token: str, claims: Claims, key: DeviceKey, expected: Expected) -> tuple[str, Mapping[str, Any]]:
    """
    The jti, and the new public key that the old one vouches for (`cnf` with a `jwk`, RFC 7800 section 3.2).

    `typ` sets it apart from an assertion for a token (RFC 8725 section 3.11).
    """
    if dict(claims.header) != {"alg": key.algorithm, "kid": key.thumbprint, "typ": "key-roll-over+jwt"}:
        raise AssertionRefused
    _check_claims(claims.content, _CLAIMS | {"cnf"}, key, expected)
    confirmed = claims.content["cnf"]
    jwk = confirmed.get("jwk") if isinstance(confirmed, dict) and set(confirmed) == {"jwk"} else None
    if not isinstance(jwk, dict) or not is_signed(token, public_key_of(key.public_jwk).key, key.algorithm):
        raise AssertionRefused
    return str(claims.content["jti"]), jwk


def _check_claims(content: Mapping[str, Any], names: frozenset[str], key: DeviceKey, expected: Expected) -> None:
    issued, expires = whole_number(content.get("iat")), whole_number(content.get("exp"))
    jti = content.get("jti")
    good = (
        set(content) == names
        and content["iss"] == content["sub"] == key.terminal
        and content["aud"] in (expected.audience, [expected.audience])
        and isinstance(jti, str)
        and len(jti) in JTI_LENGTHS
        and issued is not None
        and expires is not None
        and 0 < expires - issued <= LIFE_S
        and issued * 1_000_000 <= expected.utc_us + expected.tolerance_us
        and (issued + 1) * 1_000_000 > expected.begun_utc_us
        and expires * 1_000_000 > expected.utc_us - expected.tolerance_us
    )
    if not good:
        raise AssertionRefused


@dataclass(slots=True)
class UsedOnce:
    """The assertions of the last minutes. A full box refuses new ones: to forget one would let it be used again."""

    life_s: float
    capacity: int = 10_000
    refused: int = 0
    _used: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)

    def use(self, key_id: str, jti: str, now: float) -> None:
        """Raises AssertionRefused when it was used, TooManyAssertions when there is no room to remember it."""
        while self._used and next(iter(self._used.values())) <= now:
            self._used.popitem(last=False)
        if (key_id, jti) in self._used:
            self.refused += 1
            raise AssertionRefused
        if len(self._used) >= self.capacity:
            raise TooManyAssertions
        self._used[key_id, jti] = now + self.life_s

    def __len__(self) -> int:
        return len(self._used)
