"""STUN Binding messages as ICE uses them (RFC 8489, RFC 8445 7): read by aioice under guard, written here."""

from binascii import crc32
from hmac import digest
from ipaddress import ip_address
from struct import Struct

from aioice import stun

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.link.demux import STUN_COOKIE
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.packets.guard import guarded

TRANSACTION_BYTES = 12
ROLE_CONFLICT = 487

_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_USERNAME, _INTEGRITY, _ERROR_CODE = 0x0006, 0x0008, 0x0009
_XOR_MAPPED_ADDRESS, _PRIORITY, _USE_CANDIDATE = 0x0020, 0x0024, 0x0025
_FINGERPRINT, _ICE_CONTROLLING = 0x8028, 0x802A
_FINGERPRINT_XOR = 0x5354554E
_INTEGRITY_BYTES, _FINGERPRINT_BYTES = 24, 8
# A peer-reflexive candidate of component 1 (RFC 8445 5.1.2.1); nobody here ranks by it.
_OUR_PRIORITY = (110 << 24) | (65535 << 8) | 255

_FINGERPRINT_HEAD = b"\x80\x28\x00\x04"

_head = Struct("!HH4s12s").pack
_attribute = Struct("!HH").pack
_integer = Struct("!I").pack


def read_message(datagram: bytes) -> stun.Message:
    """A Binding message with the right cookie and a right FINGERPRINT, or MalformedPacket."""
    if datagram[4:8] != STUN_COOKIE:
        raise MalformedPacket("STUN cookie is missing")
    if len(datagram) % 4:
        raise MalformedPacket("STUN length is not a multiple of four")
    if datagram[-_FINGERPRINT_BYTES:-4] != _FINGERPRINT_HEAD:
        raise MalformedPacket("STUN fingerprint is not at the end")
    message = guarded(stun.parse_message, datagram)
    if "FINGERPRINT" not in message.attributes:  # an attribute before it has swallowed it
        raise MalformedPacket("STUN fingerprint is missing")
    if message.message_method is not stun.Method.BINDING:
        raise MalformedPacket("STUN method is not Binding")
    return message


def is_authentic(message: stun.Message, key: bytes) -> bool:
    """True when MESSAGE-INTEGRITY is there and made with `key` (compared in constant time)."""
    return guarded(message.check_message_integrity, key)


def make_request(transaction: bytes, username: str, key: bytes, tie_breaker: bytes, nominates: bool) -> bytes:
    """A connectivity or consent check of a controlling agent."""
    body = _padded(_USERNAME, username.encode("ascii"))
    body += _attribute(_PRIORITY, 4) + _integer(_OUR_PRIORITY)
    body += _attribute(_ICE_CONTROLLING, 8) + tie_breaker
    if nominates:
        body += _attribute(_USE_CANDIDATE, 0)
    return _sealed(_REQUEST, transaction, body, key)


def make_success(transaction: bytes, key: bytes, source: Address) -> bytes:
    """The answer to an authentic request: it tells the asker where we see it."""
    packed = ip_address(source[0]).packed
    family = 1 if len(packed) == 4 else 2
    pad = STUN_COOKIE + transaction
    host = (int.from_bytes(packed, "big") ^ int.from_bytes(pad[: len(packed)], "big")).to_bytes(len(packed), "big")
    port = source[1] ^ int.from_bytes(pad[:2], "big")
    value = bytes((0, family)) + port.to_bytes(2, "big") + host
    return _sealed(_SUCCESS, transaction, _attribute(_XOR_MAPPED_ADDRESS, len(value)) + value, key)


def make_role_conflict(transaction: bytes, key: bytes) -> bytes:
    """The answer to an authentic request of an agent that claims our own role (RFC 8445 7.3.1.1)."""
    value = bytes((0, 0, ROLE_CONFLICT // 100, ROLE_CONFLICT % 100)) + b"Role Conflict"
    return _sealed(_ERROR, transaction, _padded(_ERROR_CODE, value), key)


def _padded(attribute: int, value: bytes) -> bytes:
    return _attribute(attribute, len(value)) + value + bytes(-len(value) % 4)


def _sealed(kind: int, transaction: bytes, body: bytes, key: bytes) -> bytes:
    """Append MESSAGE-INTEGRITY and FINGERPRINT; each covers a length that already counts itself."""
    length = len(body) + _INTEGRITY_BYTES
    mac = digest(key, _head(kind, length, STUN_COOKIE, transaction) + body, "sha1")
    message = (
        _head(kind, length + _FINGERPRINT_BYTES, STUN_COOKIE, transaction)
        + body
        + _attribute(_INTEGRITY, len(mac))
        + mac
    )
    return message + _attribute(_FINGERPRINT, 4) + _integer(crc32(message) ^ _FINGERPRINT_XOR)
