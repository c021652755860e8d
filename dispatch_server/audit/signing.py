"""The ledger's signatures: Ed25519 (RFC 8032) with a key that this node made for itself."""

from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dispatch_server.audit.model import SignedHead

KEY_NAME = "ledger_key"  # in runtime's key ring: the 32 bytes of the private key


class Signer:
    """Signs with the raw private key."""

    def __init__(self, private: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(private)
        self.key = self._private.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def head(self, log_id: str, number: int, size: int, root: bytes, utc_us: int) -> SignedHead:
        head = SignedHead(log_id, number, size, root, utc_us, self.key)
        return replace(head, signature=self.sign(head.content()))


def is_signed(data: bytes, signature: bytes, key: bytes) -> bool:
    """Whether the holder of the private key to `key` signed this; False as well for bytes that are no key."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def holds(head: SignedHead) -> bool:
    """Whether the head is what its key signed; whose key that is, is for the one who asks to say."""
    return is_signed(head.content(), head.signature, head.key)
