"""The Merkle tree of RFC 9162 section 2.1: hashes, an incremental frontier, proofs and their verification."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, Self

ALGORITHM = "rfc9162-sha256"
HASH_BYTES = 32
# A ledger keeps subtrees from this level on, so that a proof reads 2^8 leaves and a few nodes, not all of it.
KEPT_LEVEL = 8
EMPTY_ROOT = sha256(b"").digest()


class Node(NamedTuple):
    """A full subtree: `level` 0 is a leaf, `place` counts the subtrees of that level from the left."""

    level: int
    place: int
    hash: bytes


class Span(NamedTuple):
    """Leaves from `begin` to before `end`."""

    begin: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring full subtrees, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(slots=True)
class Frontier:
    """What must be known of a tree to grow it: its size and the hashes of its largest full subtrees."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @classmethod
    def read(cls, size: int, data: bytes) -> Self:
        """From the hashes joined; ValueError when their number is not that of the size."""
        if size < 0 or len(data) != size.bit_count() * HASH_BYTES:
            raise ValueError("the frontier does not fit the size")
        return cls(size, [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)])

    def joined(self) -> bytes:
        return b"".join(self.peaks)

    def push(self, leaf: bytes) -> list[Node]:
        """Append a leaf's hash; the subtrees above it that are now full, the smallest first."""
        made: list[Node] = []
        level, rest = 0, self.size
        while rest & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            level, rest = level + 1, rest >> 1
            made.append(Node(level, rest, leaf))
        self.peaks.append(leaf)
        self.size += 1
        return made

    def root(self) -> bytes:
        return fold(self.peaks)


def cover(span: Span) -> list[tuple[int, int]]:
    """The full subtrees, (level, index), that make up a span of a proof; the largest first."""
    found = []
    begin = span.begin
    while begin < span.end:
        level = (span.end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Whose hashes prove that leaf `index` is in the tree of `size` (2.1.3.1), in their order."""
    if not 0 <= index < size:
        raise ValueError("there is no such leaf")
    found = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(begin, middle))
            begin = middle
    return found[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """Whose hashes prove that the tree of `old` is the beginning of the tree of `new` (2.1.4.1), in their order."""
    if not 0 <= old <= new:
        raise ValueError("a tree does not shrink")
    found = []
    begin, end = 0, new
    while 0 < old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(begin, middle))
            begin = middle
    if begin:
        found.append(Span(begin, end))
    return found[::-1]


def proves_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2; the empty tree is the beginning of every other."""
    if old == new or old == 0:
        return not proof and (old_root == new_root if old == new else old_root == EMPTY_ROOT)
    if not 0 < old < new:
        return False
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if len(steps) < 1:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, step)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
