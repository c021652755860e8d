"""Binding messages: what we write we read, and nothing that is cut, changed or unsigned is read."""

import pytest
from aioice import stun

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.link import binding

KEY = b"0123456789abcdef01234567"
TRANSACTION = bytes(range(12))


def test_a_request_carries_what_ice_asks_for() -> None:
    message = binding.read_message(binding.make_request(TRANSACTION, "a:b", KEY, b"tiebreak", nominates=True))
    assert message.message_class is stun.Class.REQUEST
    assert message.transaction_id == TRANSACTION
    assert message.attributes["USERNAME"] == "a:b"
    assert message.attributes["ICE-CONTROLLING"] == int.from_bytes(b"tiebreak", "big")
    assert message.attributes["PRIORITY"] >> 24 == 110
    assert "USE-CANDIDATE" in message.attributes
    assert binding.is_authentic(message, KEY) and not binding.is_authentic(message, KEY + b"x")


def test_only_a_nominating_request_says_so() -> None:
    message = binding.read_message(binding.make_request(TRANSACTION, "a:b", KEY, bytes(8), nominates=False))
    assert "USE-CANDIDATE" not in message.attributes


@pytest.mark.parametrize(
    "source", [("192.0.2.7", 40000), ("192.0.2.7", 40000, "tcp"), ("2001:db8::7", 65535), ("fe80::1%3", 9)]
)
def test_an_answer_tells_the_address(source: tuple[str, int]) -> None:
    message = binding.read_message(binding.make_success(TRANSACTION, KEY, source))
    assert message.message_class is stun.Class.RESPONSE
    assert message.attributes["XOR-MAPPED-ADDRESS"] == (source[0].partition("%")[0], source[1])
    assert binding.is_authentic(message, KEY)


def test_a_role_conflict_is_said_under_signature() -> None:
    message = binding.read_message(binding.make_role_conflict(TRANSACTION, KEY))
    assert message.message_class is stun.Class.ERROR and message.error_code == 487
    assert binding.is_authentic(message, KEY)


def sealed_by_aioice(method: stun.Method, attributes: dict[str, object], fingerprint: bool = True) -> bytes:
    message = stun.Message(method, stun.Class.REQUEST, TRANSACTION, attributes)
    if fingerprint:
        message.add_message_integrity(KEY)
    return bytes(message)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes(20),
        sealed_by_aioice(stun.Method.ALLOCATE, {"USERNAME": "a:b"}),
        sealed_by_aioice(stun.Method.BINDING, {"USERNAME": "a:b"}, fingerprint=False),
        b"\x00\x01\x00\x01\x21\x12\xa4\x42" + bytes(13),
    ],
    ids=["empty", "no cookie", "another method", "no fingerprint", "odd length"],
)
def test_what_is_not_a_fingerprinted_binding_message_is_refused(datagram: bytes) -> None:
    with pytest.raises(MalformedPacket):
        binding.read_message(datagram)


def test_a_message_without_integrity_is_not_authentic() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, TRANSACTION, {"USERNAME": "a:b"})
    message.add_fingerprint()
    assert not binding.is_authentic(binding.read_message(bytes(message)), KEY)


def test_every_cut_and_every_changed_byte_is_refused() -> None:
    whole = binding.make_request(TRANSACTION, "a:b", KEY, bytes(8), nominates=True)
    for length in range(len(whole)):
        with pytest.raises(MalformedPacket):
            binding.read_message(whole[:length])
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        with pytest.raises(MalformedPacket):
            binding.read_message(bytes(changed))
