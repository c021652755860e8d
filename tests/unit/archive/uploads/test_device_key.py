"""The key beside a master is read back as the one that sealed it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive.seals.public_keys import read_jwk
from dispatch_server.archive.uploads.device_key import write_device_key
from dispatch_server.protocol.seals import PublicKey

ED25519 = Ed25519PrivateKey.from_private_bytes(b"d" * 32).public_key()
P256 = ec.derive_private_key(7, ec.SECP256R1()).public_key()


@pytest.mark.parametrize("key", [ED25519, P256])
def test_what_is_written_is_read_back(key: PublicKey) -> None:
    data = write_device_key(key)
    plain = json.loads(data)
    _, found = read_jwk(plain)
    assert found.public_numbers() == key.public_numbers() if key is P256 else found == key  # type: ignore[union-attr]
    assert json.dumps(plain, indent=1, sort_keys=True).encode() + b"\n" == data
