"""An end must be of the chain that was announced."""

from dataclasses import replace

import pytest

from dispatch_server.archive.folders import End
from dispatch_server.archive.uploads.ending import check_end
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.refusals import IndexLacking, SealRefused
from dispatch_server.protocol.footage import GENESIS
from dispatch_server.protocol.seals import ED25519, FORM, Seal

CHAIN = "ab" * 32
SEGMENT = AnnouncedSegment("r", 1, "", CHAIN, 1, 1, 0, 1, last_fragment=5)
END = End(1, "stopped", 5, CHAIN, 0)
SEAL = Seal(FORM, "r", 1, 5, CHAIN, "", 1, "k", ED25519)


def test_the_head_of_the_chain_is_taken() -> None:
    check_end("r", END, SEAL, [SEGMENT])


def test_a_master_of_nothing_may_end() -> None:
    empty = GENESIS.hex()
    check_end("r", replace(END, fragments=0, chain=empty), replace(SEAL, segments=0, fragments=0, chain=empty), [])


@pytest.mark.parametrize(
    "seal", [replace(SEAL, recording="s"), replace(SEAL, segments=0), replace(SEAL, chain="00" * 32)]
)
def test_another_head_is_not(seal: Seal) -> None:
    with pytest.raises(SealRefused):
        check_end("r", END, seal, [SEGMENT])


def test_an_end_that_says_otherwise_is_not() -> None:
    with pytest.raises(SealRefused):
        check_end("r", replace(END, fragments=6), SEAL, [SEGMENT])


def test_an_index_that_is_to_come_is_asked_for() -> None:
    with pytest.raises(IndexLacking):
        check_end("r", END, replace(SEAL, segments=2), [SEGMENT])
