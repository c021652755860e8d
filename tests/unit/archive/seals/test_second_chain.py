"""SM3 against the standard's own examples, and its chain by hand."""

from dispatch_server.archive.seals.second_chain import SecondChain, sm3
from dispatch_server.protocol.footage import GapEntry, canonical


def test_sm3_gives_the_examples_of_gb_t_32905() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 8, b"abcd" * 8).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_the_chain_runs_through_all_segments() -> None:
    one, other = GapEntry(1, 2, "lost"), GapEntry(3, 4, "lost")
    chain, nothing = SecondChain(), sm3(b"")
    files = [chain.file([(one, nothing)]), chain.file([(other, nothing)])]
    first = sm3(bytes(32), nothing, canonical(one))
    second = sm3(first, nothing, canonical(other))
    assert files[1] == b'{"chain":"%b","digest":"%b"}\n' % (second.hex().encode(), nothing.hex().encode())
    assert chain.chain == second
