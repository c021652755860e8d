"""Addresses belong to peers only after a check, and strangers get no answer."""

from dataclasses import dataclass, field
from typing import cast

from dispatch_server.engine.address_book import AddressBook
from dispatch_server.media.peer import Peer

HERE, THERE = ("192.0.2.1", 1000), ("192.0.2.2", 2000)


@dataclass(eq=False)
class FakeLink:
    valid: set[tuple[str, int]] = field(default_factory=set)


@dataclass(eq=False)
class FakePeer:
    link: FakeLink = field(default_factory=FakeLink)


def peer() -> Peer:
    return cast(Peer, FakePeer())


def request(ufrag: str) -> bytes:
    """A STUN binding request with a user name."""
    name = f"{ufrag}:them".encode()
    attribute = b"\x00\x06" + len(name).to_bytes(2, "big") + name + bytes(-len(name) % 4)
    return b"\x00\x01" + len(attribute).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + attribute


def test_a_request_finds_its_peer_by_name() -> None:
    book, mine = AddressBook(), peer()
    book.enter("abcdefgh", mine)
    assert book.of(request("abcdefgh"), HERE) is mine
    assert book.of(request("stranger"), HERE) is None
    assert book.unknown == 1


def test_an_address_is_learnt_only_when_the_link_has_checked_it() -> None:
    book, mine = AddressBook(), peer()
    book.enter("abcdefgh", mine)
    book.learn(HERE, mine)
    assert book.by_address == {}
    mine.link.valid.add(HERE)  # type: ignore[attr-defined]
    book.learn(HERE, mine)
    assert book.by_address == {HERE: mine}
    assert book.of(b"\x16dtls", HERE) is mine
    assert book.of(b"\x16dtls", THERE) is None


def test_a_newer_session_takes_an_address_over_by_its_name() -> None:
    book, old, new = AddressBook(), peer(), peer()
    for name, one in (("oldoldol", old), ("newnewne", new)):
        book.enter(name, one)
        one.link.valid.add(HERE)  # type: ignore[attr-defined]
    book.learn(HERE, old)
    assert book.of(request("newnewne"), HERE) is new
    book.learn(HERE, new)
    assert book.by_address == {HERE: new}


def test_a_peer_that_leaves_takes_everything_along() -> None:
    book, mine = AddressBook(), peer()
    book.enter("abcdefgh", mine)
    mine.link.valid.add(HERE)  # type: ignore[attr-defined]
    book.learn(HERE, mine)
    assert book.withdraw(mine) == [HERE]
    assert book.of(request("abcdefgh"), HERE) is None
