"""Makes the ICE credentials of one link from random bytes (RFC 8445 5.3)."""

from base64 import b64encode
from collections.abc import Callable

from dispatch_server.media.abilities import IceCredentials

# Base64 letters are all ice-chars (RFC 8839 5.4), and whole groups of 3 bytes need no padding.
_UFRAG_BYTES = 9  # 12 characters, 72 bits: nobody guesses whose link it is (the RFC asks for 24 bits)
_PASSWORD_BYTES = 24  # 32 characters, 192 bits (the RFC asks for 128)


def make_credentials(random: Callable[[int], bytes]) -> IceCredentials:
    """New credentials; `random(n)` must be a cryptographic source."""
    return IceCredentials(
        ufrag=b64encode(random(_UFRAG_BYTES)).decode("ascii"),
        password=b64encode(random(_PASSWORD_BYTES)).decode("ascii"),
    )
