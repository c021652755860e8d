"""Any bytes into the link: a counted drop or a failed link, never an exception; whole, cut and changed at each byte."""

import struct
from binascii import crc32
from collections.abc import Callable
from random import Random

import pytest
from aioice import stun
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.media.link.demux import DatagramKind, kind_of, local_ufrag_of
from dispatch_server.media.link.link import Link
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.records import admit, pack_datagrams
from dispatch_server.media.link.states import LinkFailed, LinkState
from tests.sim.pair import CLIENT, SERVER, End, Pair, make_pair

ELSEWHERE: Address = ("203.0.113.9", 6666)
SHORT = settings(max_examples=60, deadline=None, database=None, derandomize=True)
LONG = settings(max_examples=50_000, deadline=None, database=None)


def stun_like(kind: int, transaction: bytes, attributes: list[tuple[int, bytes]], fingerprinted: bool) -> bytes:
    body = b""
    for attribute, value in attributes:
        body += attribute.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)
    length = len(body) + (8 if fingerprinted else 0)
    message = kind.to_bytes(2, "big") + length.to_bytes(2, "big") + b"\x21\x12\xa4\x42" + transaction + body
    if fingerprinted:
        message += b"\x80\x28\x00\x04" + (crc32(message) ^ 0x5354554E).to_bytes(4, "big")
    return message


ATTRIBUTES = [0x01, 0x06, 0x08, 0x09, 0x0C, 0x0D, 0x12, 0x14, 0x16, 0x19, 0x20, 0x24, 0x25, 0x8022, 0x8028, 0x8029]
STUN_LIKE = st.builds(
    stun_like,
    st.sampled_from([0x0001, 0x0101, 0x0111, 0x0011, 0x0003, 0x3FFF]),
    st.binary(min_size=12, max_size=12),
    st.lists(st.tuples(st.sampled_from(ATTRIBUTES) | st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=12),
    st.booleans(),
)


def record_like(kind: int, epoch: int, number: int, message: int, fields: tuple[int, int, int], body: bytes) -> bytes:
    length, offset, fragment = fields
    inner = bytes((message,)) + length.to_bytes(3, "big") + number.to_bytes(2, "big")
    inner += offset.to_bytes(3, "big") + fragment.to_bytes(3, "big") + body
    head = bytes((kind,)) + b"\xfe\xfd" + epoch.to_bytes(2, "big") + number.to_bytes(6, "big")
    return head + len(inner).to_bytes(2, "big") + inner


SIZES = st.sampled_from([0, 1, 4, 40, 200, 16 * 1024, 16 * 1024 + 1, 0xFFFFFF]) | st.integers(0, 64)
DTLS_LIKE = st.lists(
    st.builds(
        record_like,
        st.sampled_from([20, 21, 22, 22, 22, 23, 24, 63]),
        st.sampled_from([0, 0, 0, 1, 2, 0xFFFF]),
        st.integers(0, 12) | st.integers(0, 0xFFFF),
        st.sampled_from([0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 24, 255]),
        st.tuples(SIZES, SIZES, SIZES),
        st.binary(max_size=200),
    ),
    min_size=1,
    max_size=4,
).map(b"".join)
DATAGRAMS = st.binary(max_size=1600) | STUN_LIKE | DTLS_LIKE

Stage = Callable[[], tuple[Pair, End, Address]]


def new_server() -> tuple[Pair, End, Address]:
    pair = make_pair()
    return pair, pair.server, CLIENT


def new_client() -> tuple[Pair, End, Address]:
    pair = make_pair()
    pair.client.link.tick(pair.now)
    pair.client.drain()
    return pair, pair.client, SERVER


def checked(of_client: bool) -> tuple[Pair, End, Address]:
    """An address has passed, the handshake has begun, and the other end's DTLS never comes."""
    pair = make_pair(server_is_dtls_client=not of_client)
    pair.filter_up = lambda datagram: datagram[0] < 20
    pair.run(0.01)
    end = pair.client if of_client else pair.server
    assert end.link.state is LinkState.CHECKED
    return pair, end, SERVER if of_client else CLIENT


def connected(of_client: bool) -> tuple[Pair, End, Address]:
    pair = make_pair()
    assert pair.connect()
    pair.run(0.0)
    return pair, pair.client if of_client else pair.server, SERVER if of_client else CLIENT


STAGES: dict[str, Stage] = {
    "new server": new_server,
    "new client": new_client,
    "checked server": lambda: checked(False),
    "checked client": lambda: checked(True),
    "connected server": lambda: connected(False),
    "connected client": lambda: connected(True),
}


def feed_safely(link: Link, datagram: bytes, source: Address, now: float) -> None:
    """Nothing is raised; no path is won, no keys change; a link may only fail out of its handshake."""
    before, keys, destination = link.state, link.srtp, link.destination
    link.feed(datagram, source, now)
    link.tick(now)
    if link.state is not before:
        assert before is LinkState.CHECKED and link.state is LinkState.FAILED
        assert isinstance(link.events[-1], LinkFailed) and link.srtp is None
    else:
        assert link.srtp is keys and link.destination == destination
    assert len(link.drops) < 20


@SHORT
@given(datagram=DATAGRAMS)
def test_demultiplexing_takes_any_bytes(datagram: bytes) -> None:
    assert isinstance(kind_of(datagram), DatagramKind)
    ufrag = local_ufrag_of(datagram)
    assert ufrag is None or (0 < len(ufrag) <= 256 and ":" not in ufrag and ufrag.encode() in datagram)


@SHORT
@given(datagram=DATAGRAMS, longest=st.integers(40, 2000))
def test_records_are_admitted_or_not_and_cut_without_loss(datagram: bytes, longest: int) -> None:
    assert admit(datagram, 16 * 1024) in (True, False)
    assert b"".join(pack_datagrams(datagram, longest)) == datagram


def feed_at(stage: str, level: settings) -> None:
    pair, end, valid = STAGES[stage]()

    @level
    @given(datagram=DATAGRAMS, from_valid=st.booleans())
    def feed(datagram: bytes, from_valid: bool) -> None:
        nonlocal pair, end
        if end.link.ended:
            pair, end, _ = STAGES[stage]()
        feed_safely(end.link, datagram, valid if from_valid else ELSEWHERE, pair.now)
        end.drain()

    feed()


@pytest.mark.parametrize("stage", STAGES)
def test_any_bytes_at_any_stage(stage: str) -> None:
    feed_at(stage, SHORT)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("stage", STAGES)
def test_any_bytes_at_any_stage_for_long(stage: str) -> None:
    feed_at(stage, LONG)


def interrupted(to_server: bool, index: int) -> tuple[Pair, End, Address, bytes | None]:
    """A pair in which one end has heard `index` datagrams and no more; and the one that it did not hear."""
    pair = make_pair()
    wire = pair.up if to_server else pair.down
    deliver, letters = wire.send, list[bytes]()

    def send(letter: tuple[bytes, Address, Address], now: float) -> None:
        letters.append(letter[0])
        if len(letters) <= index:
            deliver(letter, now)

    wire.send = send  # type: ignore[method-assign]
    pair.run(0.0)
    end = pair.server if to_server else pair.client
    end.drain()
    return pair, end, CLIENT if to_server else SERVER, letters[index] if len(letters) > index else None


@pytest.mark.parametrize("to_server", [True, False], ids=["server", "client"])
def test_a_datagram_cut_at_each_byte_changes_nothing_and_the_whole_one_still_counts(to_server: bool) -> None:
    kinds = []
    for index in range(20):
        pair, end, source, whole = interrupted(to_server, index)
        if whole is None:
            break
        kinds.append(kind_of(whole))
        for length in range(len(whole)):
            before = sum(end.link.drops.values())
            feed_safely(end.link, whole[:length], source, pair.now)
            if not admit(whole[:length], 16 * 1024):  # cut between two records it is a good datagram
                assert sum(end.link.drops.values()) == before + 1
            assert not end.link.ended
        end.drain()
        before = sum(end.link.drops.values())
        end.link.feed(whole, source, pair.now)
        assert sum(end.link.drops.values()) == before
        if kind_of(whole) is DatagramKind.DTLS:
            assert end.link.srtp is not None or end.outbox.runs  # it went one step further
    assert kinds.count(DatagramKind.STUN) >= 2 and kinds.count(DatagramKind.DTLS) == 2


@pytest.mark.parametrize("to_server", [True, False], ids=["server", "client"])
def test_a_datagram_changed_at_each_byte_fails_its_own_link_at_most(to_server: bool) -> None:
    random = Random(1)
    for index in range(20):
        pair, end, source, whole = interrupted(to_server, index)
        for position in range(len(whole or b"")):
            if end.link.ended or end.link.srtp is not None:
                pair, end, source, whole = interrupted(to_server, index)
            changed = bytearray(whole or b"")
            if position >= len(changed):
                break  # signatures differ by a byte or two in length
            changed[position] ^= 1 << random.randrange(8)
            before = end.link.state
            end.link.feed(bytes(changed), source, pair.now)
            assert end.link.state in (before, LinkState.FAILED, LinkState.CONNECTED)
            end.drain()


def test_the_borrowed_parser_alone_would_have_failed() -> None:
    """The harness sees the fault that it is there for."""
    datagram = stun_like(0x0001, bytes(12), [(0x0024, b"abc")], fingerprinted=True)
    with pytest.raises(struct.error):
        stun.parse_message(datagram)
    pair = make_pair()
    pair.server.link.feed(datagram, CLIENT, pair.now)
    assert pair.server.link.drops == {"stun_malformed": 1}
