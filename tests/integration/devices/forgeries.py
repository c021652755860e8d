"""Assertions and access tokens that nobody should take (A2), each by its name."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from dispatch_server.devices import access_token
from tests.integration.devices.rig import SEED, URL, Device, Rig

Forge = Callable[[Rig, Device], str]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assembled(header: Any, content: Any, signature: bytes = b"x") -> str:
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, content)]
    return ".".join([*(b64(part) for part in parts), b64(signature)])


def claims(rig: Rig, device: Device, **changes: Any) -> dict[str, Any]:
    return {**device.claims(rig.utc_us), **changes}


def header(device: Device, **changes: Any) -> dict[str, Any]:
    return {"alg": device.algorithm, "typ": "JWT", "kid": device.key.thumbprint(), **changes}


def signed_with_public_key(rig: Rig, device: Device) -> str:
    """HS256 with what everybody knows as the secret (RFC 8725 section 2.1)."""
    content = claims(rig, device)
    signing = assembled(header(device, alg="HS256"), content).rpartition(".")[0]
    secret = json.dumps(device.public, separators=(",", ":")).encode()
    return f"{signing}.{b64(hmac.digest(secret, signing.encode(), 'sha256'))}"


def signed_with_pem(rig: Rig, device: Device) -> str:
    content = claims(rig, device)
    signing = assembled(header(device, alg="HS256"), content).rpartition(".")[0]
    return f"{signing}.{b64(hmac.digest(device.key.as_pem(private=False), signing.encode(), 'sha256'))}"


def by_stranger(rig: Rig, device: Device, **changes: Any) -> str:
    stranger = Device(OKPKey.generate_key("Ed25519"), device.number)
    return stranger.assertion(rig.utc_us, {"kid": device.key.thumbprint(), **changes})


def by_p256_stranger(rig: Rig, device: Device) -> str:
    stranger = Device(ECKey.generate_key("P-256"), device.number)
    return stranger.assertion(rig.utc_us, {"kid": device.key.thumbprint()})


def tampered(rig: Rig, device: Device) -> str:
    head, _, signature = device.assertion(rig.utc_us).split(".")
    return ".".join([head, b64(json.dumps(claims(rig, device, sub="T1302", iss="T1302")).encode()), signature])


def flipped(rig: Rig, device: Device) -> str:
    token = device.assertion(rig.utc_us)
    return token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]


def nested(rig: Rig, device: Device) -> str:
    """A signed token whose content is a signed token (RFC 7519 section 5.2)."""
    inner = device.assertion(rig.utc_us)
    return assembled(header(device, cty="JWT"), json.dumps(inner).encode())


def encrypted(rig: Rig, device: Device) -> str:
    key = OctKey.generate_key(128)
    return jwe.encrypt_compact({"alg": "A128KW", "enc": "A128GCM"}, device.assertion(rig.utc_us).encode(), key)


def access_token_as_assertion(rig: Rig, device: Device) -> str:
    key = access_token.signing_key(SEED)
    return access_token.AccessTokens(key, URL, 900).issue(device.number, device.key_id, "13", rig.utc_us, "j" * 20)


def head_is(**changes: Any) -> Forge:
    return lambda rig, device: device.assertion(rig.utc_us, changes)


def bare_head(**changes: Any) -> Forge:
    """Signed by nobody; for algorithms and members that the library would not write."""
    return lambda rig, device: assembled(header(device, **changes), claims(rig, device))


def says(**changes: Any) -> Forge:
    return lambda rig, device: device.assertion(rig.utc_us, **changes)


def at(**seconds: int) -> Forge:
    def forge(rig: Rig, device: Device) -> str:
        now = rig.utc_us // 1_000_000
        return device.assertion(rig.utc_us, **{name: now + value for name, value in seconds.items()})

    return forge


def other_devices_key(rig: Rig, device: Device) -> str:
    return Device(device.key, "T1302", device.key_id).assertion(rig.utc_us)


ATTACKS: dict[str, Forge] = {
    "alg none": lambda rig, device: assembled(header(device, alg="none"), claims(rig, device), b""),
    "alg None": bare_head(alg="None"),
    "alg nOnE, with a signature": bare_head(alg="nOnE"),
    "no signature": lambda rig, device: device.assertion(rig.utc_us).rpartition(".")[0] + ".",
    "HS256 with the public JWK": signed_with_public_key,
    "HS256 with the public PEM": signed_with_pem,
    "RS256": bare_head(alg="RS256"),
    "ES256 named for an Ed25519 key": bare_head(alg="ES256"),
    "ES256 by another key": by_p256_stranger,
    "EdDSA, the older name": bare_head(alg="EdDSA"),
    "kid is a path": head_is(kid="../../../../dev/null"),
    "kid is a query": head_is(kid="x' UNION SELECT 'AAAA' --"),
    "kid of nobody": head_is(kid="0" * 36),
    "kid is our own id of the key": lambda rig, device: device.assertion(rig.utc_us, {"kid": device.key_id}),
    "kid of the stranger who signs": lambda rig, device: Device(number=device.number).assertion(rig.utc_us),
    "kid is missing": lambda rig, device: assembled({"alg": "Ed25519", "typ": "JWT"}, claims(rig, device)),
    "kid is a list": bare_head(kid=["a"]),
    "jku": head_is(jku="https://evil.example/keys"),
    "x5u": head_is(x5u="https://evil.example/chain"),
    "jwk in the header": lambda rig, device: by_stranger(rig, device, jwk=OKPKey.generate_key("Ed25519").as_dict()),
    "x5c": head_is(x5c=["MIIB"]),
    "crit": bare_head(crit=["exp"]),
    "b64 false": bare_head(b64=False, crit=["b64"]),
    "typ of an access token": head_is(typ="at+jwt"),
    "typ of a roll-over": head_is(typ="key-roll-over+jwt"),
    "zip": bare_head(zip="DEF"),
    "wrong aud": says(aud="https://elsewhere.example"),
    "no aud": says(aud=None),
    "aud among others": says(aud=[URL, "https://elsewhere.example"]),
    "wrong iss": says(iss="T1302"),
    "sub of another": says(sub="T1302"),
    "iss and sub of another": other_devices_key,
    "expired": at(iat=-100, exp=-40),
    "issued in the future": at(iat=40, exp=90),
    "lives too long": at(iat=0, exp=61),
    "expires before it begins": at(iat=10, exp=0),
    "no exp": says(exp=None),
    "exp is a text": says(exp="9999999999"),
    "exp is infinite": says(exp=1e308),
    "exp is true": says(exp=True),
    "no jti": says(jti=None),
    "jti too short": says(jti="1"),
    "one claim more": says(admin=True),
    "signed by a stranger": by_stranger,
    "tampered with": tampered,
    "one bit of the signature": flipped,
    "nested": nested,
    "encrypted": encrypted,
    "an access token": access_token_as_assertion,
    "huge": lambda rig, device: device.assertion(rig.utc_us, jti="j" * 100_000),
    "deep": lambda rig, device: assembled(b"[" * 2000, claims(rig, device)),
    "content is a list": lambda rig, device: assembled(header(device), []),
    "a name twice": lambda rig, device: assembled(header(device), b'{"iss":"T1301","iss":"T1302"}'),
    "NaN": lambda rig, device: assembled(header(device), b'{"exp":NaN}'),
    "not UTF-8": lambda rig, device: assembled(header(device), b'{"iss":"\xff"}'),
    "padding": lambda rig, device: device.assertion(rig.utc_us) + "==",
    "two signatures": lambda rig, device: device.assertion(rig.utc_us) + ".AAAA",
    "JSON form": lambda rig, device: json.dumps({"payload": "", "signatures": []}),
    "nothing": lambda rig, device: "",
    "NUL": lambda rig, device: "\x00.\x00.\x00",
}


def forged_tokens(rig: Rig, device: Device, good: str) -> dict[str, str]:
    """Access tokens that this server did not make, or not as access tokens."""
    head, content, signature = good.split(".")
    plain_head, plain = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, content))
    other = access_token.AccessTokens(OKPKey.generate_key("Ed25519"), URL, 900)
    elsewhere = access_token.AccessTokens(access_token.signing_key(SEED), "https://elsewhere.example", 900)
    longer = {**plain, "exp": plain["exp"] + 999_999}
    hs = assembled({**plain_head, "alg": "HS256"}, plain).rpartition(".")[0]
    public = access_token.signing_key(SEED).as_pem(private=False)
    ours = access_token.signing_key(SEED)
    words = (device.number, device.key_id, "13", rig.utc_us, "j" * 20)

    def ours_says(head: dict[str, Any], said: dict[str, Any]) -> str:
        return jwt.encode(head, said, ours, algorithms=["Ed25519"])

    return {
        "none": assembled({**plain_head, "alg": "none"}, plain, b""),
        "HS256 with our public key": f"{hs}.{b64(hmac.digest(public, hs.encode(), hashlib.sha256))}",
        "longer": f"{head}.{b64(json.dumps(longer).encode())}.{signature}",
        "another server's key": other.issue(*words),
        "another server's name": elsewhere.issue(*words),
        "signed by us as something else": ours_says({**plain_head, "typ": "JWT"}, plain),
        "a claim more": ours_says(plain_head, {**plain, "scope": "all"}),
        "a header more": ours_says({**plain_head, "jku": "https://evil.example"}, plain),
        "the device's assertion": device.assertion(rig.utc_us),
        "another terminal under this key": ours_says(plain_head, {**plain, "sub": "T1302"}),
        "a key of nobody": ours_says(plain_head, {**plain, "key": "../x"}),
        "exp as text": ours_says(plain_head, {**plain, "exp": str(plain["exp"])}),
        "cut": good[:-2],
        "two": f"{good} {good}",
        "huge": good + "A" * 100_000,
        "empty": "",
    }
