"""RTCP read into small facts and written from them (RFC 3550 6, RFC 4585, RFC 5104, draft-alvestrand-rmcat-remb-03)."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiortc.rtp import (
    RtcpByePacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.guard import guarded

SR, RR, SDES, BYE, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 202, 203, 205, 206
_NACK, _TRANSPORT_CC = 1, 15
_PLI, _FIR, _APPLICATION = 1, 4, 15
_READ = frozenset({SR, RR, BYE, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK})

MOST_ITEMS = 50
MOST_SEQUENCES = 1000
MOST_NACK_FIELDS = 280  # fits one datagram
HIGHEST_BITRATE = 1_000_000_000

NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp: int  # 64 bits, 32.32 fixed-point seconds since 1900
    rtp_timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class ReceiverBlock:
    ssrc: int  # of the stream that is reported on
    fraction_lost: int  # of 256, since the last report
    lost: int
    highest: int
    jitter: int
    lsr: int
    dlsr: int


@dataclass(frozen=True, slots=True)
class Nack:
    media_ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PictureLoss:
    media_ssrc: int


@dataclass(frozen=True, slots=True)
class FullIntra:
    media_ssrc: int


@dataclass(frozen=True, slots=True)
class Remb:
    bitrate: int
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TransportFeedback:
    """Transport-wide congestion control feedback, the whole RTCP packet; `feedback.parse` reads it."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Bye:
    ssrcs: tuple[int, ...]


Item = SenderReport | ReceiverBlock | Nack | PictureLoss | FullIntra | Remb | TransportFeedback | Bye


def ntp_of(utc_us: int) -> int:
    """Microseconds since 1970 to a 64-bit NTP timestamp."""
    seconds, rest = divmod(utc_us, 1_000_000)
    return (seconds + NTP_EPOCH_S << 32 | (rest << 32) // 1_000_000) & 0xFFFFFFFFFFFFFFFF


def utc_us_of(ntp: int) -> int:
    """A 64-bit NTP timestamp to microseconds since 1970, as the sender understands them."""
    return ((ntp >> 32) - NTP_EPOCH_S) * 1_000_000 + ((ntp & 0xFFFFFFFF) * 1_000_000 + (1 << 31) >> 32)


def read_compound(data: bytes) -> list[Item]:
    """What a datagram of RTCP says, at most MOST_ITEMS; unknown types are passed over. Raises MalformedPacket."""
    items: list[Item] = []
    position, end = 0, len(data)
    while position < end and len(items) < MOST_ITEMS:
        if position + 4 > end or data[position] >> 6 != 2:
            raise MalformedPacket("RTCP header is cut or of another version")
        kind = data[position + 1]
        following = position + 4 + 4 * (data[position + 2] << 8 | data[position + 3])
        if following > end:
            raise MalformedPacket("RTCP packet is cut")
        if kind in _READ:
            if kind == TRANSPORT_FEEDBACK and data[position] & 0x1F == _TRANSPORT_CC:
                items.append(TransportFeedback(data[position:following]))
            else:
                _read_one(data[position:following], items)
        position = following
    return items[:MOST_ITEMS]


def _read_one(data: bytes, items: list[Item]) -> None:
    for packet in guarded(RtcpPacket.parse, data):
        if isinstance(packet, RtcpSrPacket):
            info = packet.sender_info
            items.append(
                SenderReport(packet.ssrc, info.ntp_timestamp, info.rtp_timestamp, info.packet_count, info.octet_count)
            )
            items.extend(map(_block, packet.reports))
        elif isinstance(packet, RtcpRrPacket):
            items.extend(map(_block, packet.reports))
        elif isinstance(packet, RtcpRtpfbPacket):
            if packet.fmt == _NACK:
                # The borrowed parser does not wrap PID + bit number at 16 bits.
                lost = tuple([sequence & 0xFFFF for sequence in packet.lost[:MOST_SEQUENCES]])
                items.append(Nack(packet.media_ssrc, lost))
        elif isinstance(packet, RtcpPsfbPacket):
            _read_payload_feedback(packet, items)
        elif isinstance(packet, RtcpByePacket):
            items.append(Bye(tuple(packet.sources)))


def _block(info: RtcpReceiverInfo) -> ReceiverBlock:
    return ReceiverBlock(
        info.ssrc,
        info.fraction_lost,
        info.packets_lost,
        info.highest_sequence,
        info.jitter,
        info.lsr,
        info.dlsr,
    )


def _read_payload_feedback(packet: RtcpPsfbPacket, items: list[Item]) -> None:
    if packet.fmt == _PLI:
        items.append(PictureLoss(packet.media_ssrc))
    elif packet.fmt == _FIR:
        # RFC 5104 4.3.1: the media SSRC of the header is unused, each entry names one.
        fci = packet.fci[: 8 * MOST_ITEMS]
        for position in range(0, len(fci) - 7, 8):
            items.append(FullIntra(int.from_bytes(fci[position : position + 4], "big")))
    elif packet.fmt == _APPLICATION and packet.fci[:4] == b"REMB":
        bitrate, ssrcs = guarded(unpack_remb_fci, packet.fci)
        items.append(Remb(min(bitrate, HIGHEST_BITRATE), tuple(ssrcs)))


def compound(*packets: bytes) -> bytes:
    """Several RTCP packets in one datagram (RFC 3550 6.1)."""
    return b"".join(packets)


def _packet(count: int, kind: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def _blocks(blocks: Sequence[ReceiverBlock]) -> bytes:
    return b"".join(
        [
            struct.pack(
                "!IIIIII",
                block.ssrc,
                (block.fraction_lost & 0xFF) << 24 | block.lost & 0xFFFFFF,
                block.highest & 0xFFFFFFFF,
                block.jitter & 0xFFFFFFFF,
                block.lsr & 0xFFFFFFFF,
                block.dlsr & 0xFFFFFFFF,
            )
            for block in blocks
        ]
    )


def write_sender_report(
    ssrc: int, utc_us: int, rtp_timestamp: int, packets: int, octets: int, blocks: Sequence[ReceiverBlock] = ()
) -> bytes:
    """RFC 3550 6.4.1; the NTP time is this server's UTC."""
    blocks = blocks[:31]
    info = struct.pack(
        "!IQIII",
        ssrc,
        ntp_of(utc_us),
        rtp_timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )
    return _packet(len(blocks), SR, info + _blocks(blocks))


def write_receiver_report(ssrc: int, blocks: Sequence[ReceiverBlock]) -> bytes:
    """RFC 3550 6.4.2."""
    blocks = blocks[:31]
    return _packet(len(blocks), RR, ssrc.to_bytes(4, "big") + _blocks(blocks))


def write_nack(sender_ssrc: int, media_ssrc: int, sequences: Iterable[int]) -> bytes:
    """RFC 4585 6.2.1. Sequences may be extended; of very many far apart only the first are named."""
    fields: list[int] = []
    first = 0
    for sequence in sorted(set(sequences)):
        if fields and sequence - first <= 16:
            fields[-1] |= 1 << sequence - first - 1
        else:
            first = sequence
            fields.append((sequence & 0xFFFF) << 16)
    del fields[MOST_NACK_FIELDS:]
    return _packet(_NACK, TRANSPORT_FEEDBACK, struct.pack(f"!{2 + len(fields)}I", sender_ssrc, media_ssrc, *fields))


def write_pli(sender_ssrc: int, media_ssrc: int) -> bytes:
    """RFC 4585 6.3.1."""
    return _packet(_PLI, PAYLOAD_FEEDBACK, struct.pack("!II", sender_ssrc, media_ssrc))


def write_remb(sender_ssrc: int, bitrate: int, ssrcs: Sequence[int]) -> bytes:
    """What the receiver believes the path carries, for all these streams together."""
    ssrcs = ssrcs[:255]
    exponent = max(0, bitrate.bit_length() - 18)
    head = len(ssrcs) << 24 | exponent << 18 | bitrate >> exponent
    body = struct.pack("!II4sI", sender_ssrc, 0, b"REMB", head) + struct.pack(f"!{len(ssrcs)}I", *ssrcs)
    return _packet(_APPLICATION, PAYLOAD_FEEDBACK, body)


def write_bye(ssrcs: Sequence[int]) -> bytes:
    """RFC 3550 6.6."""
    ssrcs = ssrcs[:31]
    return _packet(len(ssrcs), BYE, struct.pack(f"!{len(ssrcs)}I", *ssrcs))


def write_sdes(ssrc: int, cname: str) -> bytes:
    """RFC 3550 6.5.1: the canonical name that binds the streams of one end together."""
    text = cname.encode()[:255]
    chunk = ssrc.to_bytes(4, "big") + bytes((1, len(text))) + text
    return _packet(1, SDES, chunk + b"\0" * (4 - len(chunk) % 4))
