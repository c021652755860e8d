"""RTP header extensions in the one-byte and two-byte forms (RFC 8285)."""

_ONE_BYTE = 0xBEDE
_TWO_BYTE_MASK, _TWO_BYTE = 0xFFF0, 0x1000
_MOST_ELEMENTS = 16


def read_elements(packet: bytes) -> dict[int, bytes]:
    """All elements by id, also before decryption (they travel in clear). Cut or odd ones end the list."""
    if len(packet) < 16 or not packet[0] & 0x10:
        return {}
    position = 12 + 4 * (packet[0] & 0x0F)
    if position + 4 > len(packet):
        return {}
    profile = (packet[position] << 8) | packet[position + 1]
    end = position + 4 + 4 * ((packet[position + 2] << 8) | packet[position + 3])
    if end > len(packet):
        return {}
    if profile == _ONE_BYTE:
        return _one_byte(packet, position + 4, end)
    if profile & _TWO_BYTE_MASK == _TWO_BYTE:
        return _two_byte(packet, position + 4, end)
    return {}


def _one_byte(packet: bytes, position: int, end: int) -> dict[int, bytes]:
    elements: dict[int, bytes] = {}
    while position < end and len(elements) < _MOST_ELEMENTS:
        head = packet[position]
        position += 1
        if head == 0:
            continue
        identifier, size = head >> 4, (head & 0x0F) + 1
        if identifier == 15 or position + size > end:  # 15 is reserved: stop (RFC 8285 4.2)
            break
        elements[identifier] = packet[position : position + size]
        position += size
    return elements


def _two_byte(packet: bytes, position: int, end: int) -> dict[int, bytes]:
    elements: dict[int, bytes] = {}
    while position + 1 < end and len(elements) < _MOST_ELEMENTS:
        identifier = packet[position]
        if identifier == 0:
            position += 1
            continue
        size = packet[position + 1]
        position += 2
        if position + size > end:
            break
        elements[identifier] = packet[position : position + size]
        position += size
    return elements
