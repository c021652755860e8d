"""Credentials are long enough, of allowed characters, and nothing but the random bytes."""

import re
from random import Random

from dispatch_server.media.link.credentials import make_credentials


def test_they_are_longer_than_the_rule_and_only_ice_chars() -> None:
    credentials = make_credentials(Random(1).randbytes)
    assert len(credentials.ufrag) >= 8 and len(credentials.password) >= 24
    assert re.fullmatch(r"[A-Za-z0-9+/]+", credentials.ufrag + credentials.password)


def test_the_same_bytes_make_the_same_credentials_and_others_others() -> None:
    source = Random(1)
    first, second = make_credentials(source.randbytes), make_credentials(source.randbytes)
    assert make_credentials(Random(1).randbytes) == first
    assert first.ufrag != second.ufrag and first.password != second.password
