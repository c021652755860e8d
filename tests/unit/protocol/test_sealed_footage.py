"""Only the server opens what a terminal kept, and each part only at its own place."""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.sealed_footage import HEAD_BYTES, TAG_BYTES, begin, opened, sealed_offset

SERVER = X25519PrivateKey.generate()
PARTS = [b"initialisation", b"first fragment", b"second"]


def chance(count: int) -> bytes:
    return bytes(range(count))


HEAD, CIPHER = begin("recording-1", 7, SERVER.public_key(), chance)
SEALED = [CIPHER.seal(number, plain) for number, plain in enumerate(PARTS)]


def test_the_server_reads_it_where_the_index_says() -> None:
    file, offset = HEAD + b"".join(SEALED), 0
    cipher = opened("recording-1", 7, file[:HEAD_BYTES], SERVER)
    for number, plain in enumerate(PARTS):
        begins = sealed_offset(number, offset)
        assert cipher.open(number, file[begins : begins + len(plain) + TAG_BYTES]) == plain
        offset += len(plain)


@pytest.mark.parametrize(("recording", "segment"), [("recording-2", 7), ("recording-1", 8)])
def test_a_segment_has_one_place(recording: str, segment: int) -> None:
    with pytest.raises(MalformedFootage):
        opened(recording, segment, HEAD, SERVER)


def test_another_server_reads_nothing() -> None:
    with pytest.raises(MalformedFootage):
        opened("recording-1", 7, HEAD, X25519PrivateKey.generate())


@pytest.mark.parametrize("head", [b"", HEAD[:-1], HEAD + b"x", b"X" + HEAD[1:], HEAD[:-1] + b"\0"])
def test_a_damaged_head_is_refused(head: bytes) -> None:
    with pytest.raises(MalformedFootage):
        opened("recording-1", 7, head, SERVER)


@pytest.mark.parametrize("sealed", [SEALED[2], SEALED[1][:-1], b"", b"\0" + SEALED[1][1:], SEALED[1] + b"\0"])
def test_a_part_that_was_changed_cut_or_moved_is_refused(sealed: bytes) -> None:
    with pytest.raises(MalformedFootage):
        CIPHER.open(1, sealed)
