"""One pass gives all the digests; they are those that others compute."""

import hashlib
import random
import zlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SM3, Hash

from dispatch_server.archive.exports.digests import SLICE_BYTES, Digesting, digests_of


def sm3_of(data: bytes) -> str:
    found = Hash(SM3())
    found.update(data)
    return found.finalize().hex()


@pytest.mark.parametrize("size", [0, 1, SLICE_BYTES, SLICE_BYTES + 1, 9 * SLICE_BYTES + 5])
def test_a_file_in_steps(tmp_path: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    path = tmp_path / "file"
    path.write_bytes(data)
    digesting = Digesting(path, True)
    while not digesting.step():
        pass
    found = digesting.result()
    assert found == digests_of(data, True)
    assert (found.bytes, found.crc32, found.sha256) == (size, zlib.crc32(data), hashlib.sha256(data).hexdigest())
    assert found.sm3 == sm3_of(data)
    assert len(found.slices) == (-(-size // SLICE_BYTES) if size > SLICE_BYTES else 0)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic links"):
        Digesting(tmp_path / "link", False).step()
    assert digests_of(b"x", False).sm3 == ""
