"""DTLS records seen from outside: what may be given to OpenSSL, and how its output becomes datagrams."""

_HEADER_BYTES = 13  # type, version, epoch, sequence number, length (RFC 6347 4.1)
_MESSAGE_HEADER_BYTES = 12  # type, length, sequence, fragment offset and length (RFC 6347 4.2.2)
_HANDSHAKE = 22
_APPLICATION_DATA = 23
_TYPES = range(20, 24)  # change cipher spec, alert, handshake, application data
_IN_CLEAR = b"\x00\x00"  # epoch 0
_VERSION_MAJOR = 0xFE


def admit(datagram: bytes, longest_message: int) -> bool:
    """
    True when the datagram is whole records, none is application data in clear, and no handshake message in clear
    claims more than we would hold.

    OpenSSL holds what the other end announces (100 kB a certificate chain), and stacks built on other libraries
    have looped over empty fragments or grown without end: we look before it does.
    """
    size = len(datagram)
    position = 0
    while position < size:
        body = position + _HEADER_BYTES
        if body > size or datagram[position] not in _TYPES or datagram[position + 1] != _VERSION_MAJOR:
            return False
        end = body + ((datagram[position + 11] << 8) | datagram[position + 12])
        if end > size:
            return False
        if datagram[position + 3 : position + 5] == _IN_CLEAR:
            if datagram[position] == _APPLICATION_DATA:
                return False
            if datagram[position] == _HANDSHAKE and not _admit_messages(datagram[body:end], longest_message):
                return False
        position = end
    return size > 0


def _admit_messages(record: bytes, longest_message: int) -> bool:
    size = len(record)
    position = 0
    while position < size:
        if position + _MESSAGE_HEADER_BYTES > size:
            return False
        length = int.from_bytes(record[position + 1 : position + 4], "big")
        offset = int.from_bytes(record[position + 6 : position + 9], "big")
        fragment = int.from_bytes(record[position + 9 : position + 12], "big")
        if length > longest_message or offset + fragment > length or (fragment == 0 and length > 0):
            return False
        position += _MESSAGE_HEADER_BYTES + fragment
    return position == size


def pack_datagrams(written: bytes, longest: int) -> list[bytes]:
    """
    Cut what OpenSSL wrote to a memory buffer, which knows no datagrams, at its records, as few datagrams as fit.

    No record is longer than `longest`: it is the MTU that OpenSSL was told.
    """
    datagrams: list[bytes] = []
    start = position = 0
    size = len(written)
    while position + _HEADER_BYTES <= size:
        end = position + _HEADER_BYTES + ((written[position + 11] << 8) | written[position + 12])
        if end - start > longest and position > start:
            datagrams.append(written[start:position])
            start = position
        position = end
    if start < size:
        datagrams.append(written[start:])
    return datagrams
