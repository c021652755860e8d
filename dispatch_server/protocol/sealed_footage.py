"""A terminal's footage at rest: each segment under a key of its own, which only the server can unwrap (pure).

A sealed segment file is `MAGIC`, the wrapped key (HPKE, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
AES-256-GCM), and then the parts that the segment's index describes, in its order: the initialisation part, then each
fragment, each as AES-256-GCM over exactly its bytes, `TAG_BYTES` longer. So a place in the plain file is a place in
the sealed one, and what the index does not announce counts for nothing there either.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from dispatch_server.protocol.footage import MalformedFootage

MAGIC = b"dispatch sealed segment 1\n"
KEY_BYTES, TAG_BYTES = 32, 16
WRAPPED_BYTES = 32 + KEY_BYTES + TAG_BYTES  # the encapsulated key (RFC 9180 7.1), then the wrapped one
HEAD_BYTES = len(MAGIC) + WRAPPED_BYTES
_INFO = b"dispatch footage segment key"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class SegmentCipher:
    """`seal(part, plain)`: part 0 is the initialisation part, part n the segment's n-th fragment; each once."""

    recording: str
    segment: int
    _cipher: AESGCM = field(repr=False)

    def seal(self, part: int, plain: bytes) -> bytes:
        return self._cipher.encrypt(_nonce(part), plain, self._place(part))

    def open(self, part: int, sealed: bytes) -> bytes:
        """Raises MalformedFootage for what was changed, cut, or put at another place."""
        try:
            return self._cipher.decrypt(_nonce(part), sealed, self._place(part))
        except (InvalidTag, ValueError):
            raise MalformedFootage(f"part {part} of the sealed segment is not what was kept") from None

    def _place(self, part: int) -> bytes:
        return _place_of(self.recording, self.segment) + part.to_bytes(4, "big")


def begin(
    recording: str, segment: int, server: X25519PublicKey, chance: Callable[[int], bytes]
) -> tuple[bytes, SegmentCipher]:
    """The head of a new sealed file, and the cipher for its parts; the key is nowhere else afterwards."""
    key = chance(KEY_BYTES)
    wrapped = _SUITE.encrypt(key, server, info=_INFO + _place_of(recording, segment))
    return MAGIC + wrapped, SegmentCipher(recording, segment, AESGCM(key))


def opened(recording: str, segment: int, head: bytes, server: X25519PrivateKey) -> SegmentCipher:
    """The cipher of a sealed file, from its first HEAD_BYTES. Raises MalformedFootage."""
    if len(head) != HEAD_BYTES or not head.startswith(MAGIC):
        raise MalformedFootage("this is no sealed segment")
    try:
        key = _SUITE.decrypt(head[len(MAGIC) :], server, info=_INFO + _place_of(recording, segment))
        return SegmentCipher(recording, segment, AESGCM(key))
    except (InvalidTag, ValueError):
        raise MalformedFootage("the segment was not sealed for this server, or for another place") from None


def sealed_offset(part: int, offset: int) -> int:
    """Where a part begins in the sealed file that begins at `offset` in the plain one."""
    return HEAD_BYTES + offset + part * TAG_BYTES


def _nonce(part: int) -> bytes:
    return part.to_bytes(12, "big")


def _place_of(recording: str, segment: int) -> bytes:
    return f"\n{recording}\n{segment}\n".encode()
