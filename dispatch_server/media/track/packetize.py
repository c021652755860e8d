"""The sender's side of RFC 6184: access units of our own encoders to RTP payloads; Opus packets go as they are."""

from collections.abc import Sequence

from dispatch_server.media.packets.h264 import FU_A, STAP_A

LIMIT_BYTES = 1180  # with RTP header, extension, SRTP tag, UDP and IPv6 this stays below 1,280


def packetize_h264(access_unit_nals: Sequence[bytes], limit_bytes: int = LIMIT_BYTES) -> list[tuple[bytes, bool]]:
    """Payloads of one access unit in order, each with its marker bit: set on the last (RFC 6184 5.1)."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    aggregate_bytes = 1
    for nal in access_unit_nals:
        if not nal:
            continue
        fits = aggregate_bytes + 2 + len(nal) <= limit_bytes
        if small and not fits:
            payloads.append(_aggregate(small))
            small, aggregate_bytes = [], 1
        if len(nal) + 3 <= limit_bytes:
            small.append(nal)
            aggregate_bytes += 2 + len(nal)
        elif len(nal) <= limit_bytes:
            payloads.append(nal)
        else:
            payloads.extend(_fragments(nal, limit_bytes))
    if small:
        payloads.append(_aggregate(small))
    last = len(payloads) - 1
    return [(payload, index == last) for index, payload in enumerate(payloads)]


def _aggregate(nals: list[bytes]) -> bytes:
    """One NAL unit as it is, several as STAP-A (RFC 6184 5.7.1)."""
    if len(nals) == 1:
        return nals[0]
    # F is the or of all F bits, NRI the highest of them.
    forbidden = max([nal[0] & 0x80 for nal in nals])
    importance = max([nal[0] & 0x60 for nal in nals])
    parts = [bytes((forbidden | importance | STAP_A,))]
    for nal in nals:
        parts.append(len(nal).to_bytes(2, "big"))
        parts.append(nal)
    return b"".join(parts)


def _fragments(nal: bytes, limit_bytes: int) -> list[bytes]:
    """FU-A (RFC 6184 5.8): parts of one size, only the last may be shorter, so that one GSO send takes them all."""
    room = limit_bytes - 2
    body = len(nal) - 1
    count = -(-body // room)
    size = -(-body // count)
    indicator, kind = nal[0] & 0xE0 | FU_A, nal[0] & 0x1F
    start = bytes((indicator, kind | 0x80))
    middle = bytes((indicator, kind))
    end = bytes((indicator, kind | 0x40))
    parts = [middle + nal[at : at + size] for at in range(1 + size, len(nal) - size, size)]
    cut = 1 + size * (len(parts) + 1)
    return [start + nal[1 : 1 + size], *parts, end + nal[cut:]]
