"""One random change to a sealed recording's files, as a disk or a person might make it; each is a real difference."""

import hashlib
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from dispatch_server.protocol.footage import Line, link, read_line, write_line
from tests.unit.archive.seals.made import OTHER_KEY, closed, seal

Change = Callable[[Path, random.Random], str]


def flip(folder: Path, chance: random.Random) -> str:
    """One bit of any file."""
    path = _any(folder, chance)
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return f"bit flipped at {at} of {path.name}"


def cut(folder: Path, chance: random.Random) -> str:
    path = _any(folder, chance)
    size = chance.randrange(path.stat().st_size)
    path.write_bytes(path.read_bytes()[:size])
    return f"{path.name} cut to {size}"


def lengthen(folder: Path, chance: random.Random) -> str:
    path = _any(folder, chance)
    path.write_bytes(path.read_bytes() + chance.randbytes(chance.randrange(1, 40)))
    return f"{path.name} lengthened"


def replace(folder: Path, chance: random.Random) -> str:
    """Some bytes of a file by others."""
    path = _any(folder, chance)
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data))
    before = bytes(data)
    data[at : at + 8] = chance.randbytes(len(data[at : at + 8]))
    if bytes(data) == before:
        data[at] ^= 1
    path.write_bytes(data)
    return f"{path.name} overwritten at {at}"


def swap(folder: Path, chance: random.Random) -> str:
    """Two files of a kind change places."""
    kind = chance.choice([kind for kind in ("mp4", "jsonl", "sm3") if list(folder.glob(f"*.{kind}"))])
    one, other = chance.sample(sorted(folder.glob(f"*.{kind}")), 2)
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return f"{one.name} and {other.name} swapped"


def reorder(folder: Path, chance: random.Random) -> str:
    """Two fragments change places, in the media and in the index."""
    path = chance.choice(sorted(folder.glob("*.jsonl")))
    lines = path.read_bytes().splitlines(keepends=True)
    one, other = sorted(chance.sample(range(1, len(lines)), 2))
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))
    return f"lines {one} and {other} of {path.name} reordered"


def delete(folder: Path, chance: random.Random) -> str:
    path = _any(folder, chance)
    path.unlink()
    return f"{path.name} deleted"


def delete_segment(folder: Path, chance: random.Random) -> str:
    number = chance.choice(sorted(int(path.stem) for path in folder.glob("*.jsonl")))
    for path in folder.glob(f"{number:06}.*"):
        path.unlink()
    return f"segment {number} deleted"


def duplicate(folder: Path, chance: random.Random) -> str:
    """A segment once more, under the next number."""
    numbers = sorted(int(path.stem) for path in folder.glob("*.jsonl"))
    number = chance.choice(numbers)
    for path in list(folder.glob(f"{number:06}.*")):
        shutil.copy(path, path.with_stem(f"{numbers[-1] + 1:06}"))
    return f"segment {number} duplicated"


def roll_back(folder: Path, chance: random.Random) -> str:
    """The newest segment's last fragments taken away, media and index alike, and the end told anew."""
    path = sorted(folder.glob("*.jsonl"))[-1]
    lines = path.read_bytes().splitlines(keepends=True)
    kept = lines[: chance.randrange(1, len(lines))]
    path.write_bytes(b"".join(kept))
    _cut_media(path, kept)
    if chance.random() < 0.5:
        _tell_end(folder, read_line(kept[-1].rstrip(b"\n")).chain.hex())
    return f"rolled back to {len(kept)} lines of {path.name}"


def fork(folder: Path, chance: random.Random) -> str:
    """A fragment's bytes replaced and every line from there on made anew, so that the chain holds in itself."""
    path = sorted(folder.glob("*.jsonl"))[-1]
    lines = [read_line(line) for line in path.read_bytes().splitlines()]
    at = chance.randrange(2, len(lines))
    media = bytearray(path.with_suffix(".mp4").read_bytes())
    entry = lines[at].entry
    media[entry.offset] ^= 0xFF  # type: ignore[union-attr]
    path.with_suffix(".mp4").write_bytes(media)
    made: list[Line] = lines[:at]
    for line in lines[at:]:
        size = line.entry.bytes, line.entry.offset  # type: ignore[union-attr]
        digest = hashlib.sha256(media[size[1] : size[1] + size[0]]).digest()
        made.append(link(made[-1].chain, line.entry, digest))
    path.write_bytes(b"".join(write_line(line) for line in made))
    _tell_end(folder, made[-1].chain.hex())
    return f"{path.name} forked at line {at + 1}"


def seal_by_another(folder: Path, chance: random.Random) -> str:
    """Everything made anew and signed, but not by us."""
    for path in list(folder.iterdir()):
        path.unlink()
    closed(folder, chance.randrange(1000, 9999), identity="recording-1")
    seal(folder, key=OTHER_KEY)
    return "all of it made anew and sealed by another key"


def bury(folder: Path, chance: random.Random) -> str:
    """A segment goes, and a tombstone says that it was meant to be so."""
    delete_segment(folder, chance)
    (folder / "tombstone.json").write_text("{}\n")
    return "buried"


def _any(folder: Path, chance: random.Random) -> Path:
    return chance.choice(sorted(path for path in folder.iterdir() if path.stat().st_size))


def _cut_media(index: Path, lines: list[bytes]) -> None:
    entries = [read_line(line.rstrip(b"\n")).entry for line in lines]
    size = sum(getattr(entry, "bytes", 0) for entry in entries)
    media = index.with_suffix(".mp4")
    media.write_bytes(media.read_bytes()[:size])


def _tell_end(folder: Path, chain: str) -> None:
    path = folder / "closed.json"
    old = path.read_bytes()
    at = old.index(b'"chain": "') + len(b'"chain": "')
    path.write_bytes(old[:at] + chain.encode() + old[at + 64 :])


CHANGES: tuple[Change, ...] = (
    flip, flip, flip, flip, replace, cut, lengthen, swap, reorder, delete, delete_segment, duplicate, roll_back, fork,
    bury, seal_by_another,
)  # fmt: skip
