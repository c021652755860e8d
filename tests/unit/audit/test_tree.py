"""The Merkle tree against RFC 9162: the known answers of Certificate Transparency, the definitions, and every proof."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    Span,
    consistency_spans,
    cover,
    fold,
    inclusion_spans,
    leaf_hash,
    node_hash,
    proves_consistency,
    proves_inclusion,
)

# The eight entries and the roots that Certificate Transparency's implementations test themselves with.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf, size, proof): from the same tests.
INCLUSIONS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
]
CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def root_of(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def grown(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.push(leaf)
    return frontier


def hashes(leaves: list[bytes], spans: list[Span]) -> list[bytes]:
    """As the store does it: from the full subtrees that cover each span."""
    return [
        fold([root_of(leaves[place << level : (place + 1) << level]) for level, place in cover(span)]) for span in spans
    ]


def numbered(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def test_roots_are_the_known_ones() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [grown(LEAVES[:size]).root().hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSIONS)
def test_inclusion_proofs_are_the_known_ones(index: int, size: int, proof: list[str]) -> None:
    made = hashes(LEAVES[:size], inclusion_spans(index, size))
    assert [step.hex() for step in made] == proof
    assert proves_inclusion(index, size, LEAVES[index], made, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCIES)
def test_consistency_proofs_are_the_known_ones(old: int, new: int, proof: list[str]) -> None:
    made = hashes(LEAVES[:new], consistency_spans(old, new))
    assert [step.hex() for step in made] == proof
    assert proves_consistency(old, bytes.fromhex(ROOTS[old - 1]), new, bytes.fromhex(ROOTS[new - 1]), made)


def test_the_frontier_is_the_tree_at_every_size() -> None:
    leaves = numbered(70)
    frontier = Frontier()
    for size, leaf in enumerate(leaves):
        assert frontier.root() == root_of(leaves[:size])
        again = Frontier.read(size, frontier.joined())
        assert (again.size, again.peaks) == (frontier.size, frontier.peaks)
        for node in frontier.push(leaf):
            assert node.hash == root_of(leaves[node.place << node.level : (node.place + 1) << node.level])
            assert (node.place + 1) << node.level == size + 1


def test_every_inclusion_is_proven_and_no_other() -> None:
    leaves = numbered(20)
    for size in range(1, 21):
        root = root_of(leaves[:size])
        for index in range(size):
            proof = hashes(leaves[:size], inclusion_spans(index, size))
            assert proves_inclusion(index, size, leaves[index], proof, root)
            assert not proves_inclusion(index, size, leaf_hash(b"other"), proof, root)
            assert not proves_inclusion(index, size, leaves[index], [*proof, root], root)
            assert not proof or not proves_inclusion(index, size, leaves[index], proof[:-1], root)
            wrong = [
                other for other in range(-1, size + 1) if proves_inclusion(other, size, leaves[index], proof, root)
            ]
            assert wrong == [index]


def test_every_consistency_is_proven_and_no_fork() -> None:
    leaves = numbered(20)
    for new in range(21):
        for old in range(new + 1):
            old_root, new_root = root_of(leaves[:old]), root_of(leaves[:new])
            proof = hashes(leaves[:new], consistency_spans(old, new))
            assert proves_consistency(old, old_root, new, new_root, proof)
            assert not proves_consistency(old, leaf_hash(b"fork"), new, new_root, proof)
            if 0 < old < new:
                assert not proves_consistency(old, old_root, new, leaf_hash(b"fork"), proof)
                assert not proves_consistency(old, old_root, new, new_root, [*proof, new_root])
                assert not proves_consistency(old, old_root, new, new_root, proof[:-1])


@given(st.integers(1, 1 << 40), st.integers(0, 1 << 40))
def test_a_proof_is_short_and_its_spans_do_not_overlap(size: int, chance: int) -> None:
    index = chance % size
    spans = sorted([*inclusion_spans(index, size), Span(index, index + 1)])
    assert [span.begin for span in spans[1:]] == [span.end for span in spans[:-1]]
    assert (spans[0].begin, spans[-1].end) == (0, size)
    assert len(spans) <= size.bit_length() + 1


@given(st.binary(max_size=200), st.integers(-5, 100))
def test_a_frontier_that_does_not_fit_is_refused(data: bytes, size: int) -> None:
    if size >= 0 and len(data) == size.bit_count() * 32:
        assert Frontier.read(size, data).size == size
    else:
        with pytest.raises(ValueError, match="does not fit"):
            Frontier.read(size, data)


def test_what_is_not_there_has_no_proof() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion_spans(index, size)
    with pytest.raises(ValueError, match="shrink"):
        consistency_spans(3, 2)
