"""Access tokens of terminals: JWTs (RFC 9068) that this server signs and alone accepts, for a quarter of an hour."""

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import OKPKey

from dispatch_server.devices.jose import ED25519, is_signed, peek, whole_number
from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.redact import Secret

TYPE = "at+jwt"
_CLAIMS = frozenset({"iss", "aud", "sub", "client_id", "iat", "exp", "jti", "key", "department"})


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a good token says; the register has the last word on whether the key still holds."""

    number: str
    key_id: str


def signing_key(seed: Secret) -> OKPKey:
    """Ed25519 from 32 bytes in hexadecimal, as the key ring keeps them."""
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed.reveal()))
    return OKPKey.import_key(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


class AccessTokens:
    """
    `issuer` is the server's public URL: a token of one server means nothing to another one. `key` is set when the
    room opens; before that no token is good.
    """

    def __init__(self, key: OKPKey | None, issuer: str, life_s: float) -> None:
        self.issuer = issuer
        self.life_s = life_s
        self._key = key
        self.header = _header_of(key) if key is not None else {}

    @property
    def key(self) -> OKPKey:
        if self._key is None:
            raise LocalFault("no_token_key", "The key that signs access tokens was not read yet.")
        return self._key

    @key.setter
    def key(self, key: OKPKey) -> None:
        self._key = key
        self.header = _header_of(key)

    def issue(self, number: str, key_id: str, department: str, utc_us: int, jti: str) -> str:
        issued = utc_us // 1_000_000
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": number,
            "client_id": number,
            "iat": issued,
            "exp": issued + int(self.life_s),
            "jti": jti,
            "key": key_id,
            "department": department,
        }
        return jwt.encode(self.header, claims, self.key, algorithms=[ED25519])

    def read(self, token: str, utc_us: int) -> Bearer | None:
        """None for whatever this server did not sign as an access token, or no longer stands by."""
        claims = peek(token)
        if claims is None or dict(claims.header) != self.header or not self._holds(claims.content, utc_us):
            return None
        if not is_signed(token, self.key, ED25519):
            return None
        return Bearer(claims.content["sub"], claims.content["key"])

    def _holds(self, content: Any, utc_us: int) -> bool:
        expires = whole_number(content.get("exp"))
        return (
            set(content) == _CLAIMS
            and content["iss"] == content["aud"] == self.issuer
            and all(isinstance(content[name], str) for name in ("sub", "key"))
            and expires is not None
            and utc_us < expires * 1_000_000
        )


def _header_of(key: OKPKey) -> dict[str, str]:
    return {"alg": ED25519, "typ": TYPE, "kid": key.thumbprint()}
