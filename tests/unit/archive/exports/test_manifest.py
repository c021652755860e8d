"""The manifest is signed by one key, and by nothing else."""

import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive.exports.digests import digests_of
from dispatch_server.archive.exports.manifest import (
    Heading,
    ManifestRecording,
    jwk_of,
    public_key_of,
    signer_of,
    thumbprint_of,
    write_manifest,
    write_signature,
)


class Key:
    def __init__(self, seed: int) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self.jwk = jwk_of(self.private.public_key())
        self.thumbprint = thumbprint_of(self.jwk)

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)

    def jwks(self) -> list[dict[str, str]]:
        return [self.jwk, jwk_of(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())]


KEY, OTHER = Key(1), Key(2)
HEADING = Heading("export-1", 1_000, "Wang", "Li", "诉讼", "县人民法院", "13")
MANIFEST = write_manifest(
    HEADING, [("a.txt", digests_of(b"x", True))], [ManifestRecording("r1", 1, 5, "00", True, "k")], KEY
)


def test_who_signed_is_told() -> None:
    assert signer_of(MANIFEST, write_signature(MANIFEST, KEY)) == KEY.thumbprint
    assert json.loads(MANIFEST)["recipient"] == "县人民法院"


def test_earlier_keys_stand_in_it() -> None:
    """What one of them sealed is proved without the node."""
    named = {thumbprint_of(one) for one in json.loads(MANIFEST)["keys"]}
    assert named == {thumbprint_of(one) for one in KEY.jwks()} and len(named) == 2


def test_what_is_not_signed_so_is_not() -> None:
    good = write_signature(MANIFEST, KEY)
    form = json.loads(good)
    assert signer_of(MANIFEST + b" ", good) is None
    assert signer_of(MANIFEST, json.dumps(form | {"key": dict(OTHER.jwk)}).encode()) is None
    assert signer_of(MANIFEST, json.dumps(form | {"thumbprint": OTHER.thumbprint}).encode()) is None
    unmarked = KEY.sign(MANIFEST).hex()  # without the words that say what the signature is for
    assert signer_of(MANIFEST, json.dumps(form | {"signature": unmarked}).encode()) is None
    for wrong in (b"", b"[]", b"{}", b"null", b'{"key": 1}', b"\xff"):
        assert signer_of(MANIFEST, wrong) is None


def test_thumbprints_are_those_of_the_rfc() -> None:
    # RFC 8037 A.3
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "sig"}
    assert thumbprint_of(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_device_s_key_is_read() -> None:
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    import base64

    x, y = (base64.urlsafe_b64encode(n.to_bytes(32, "big")).decode().rstrip("=") for n in (numbers.x, numbers.y))
    found = public_key_of({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    assert isinstance(found, ec.EllipticCurvePublicKey) and found.public_numbers() == numbers
