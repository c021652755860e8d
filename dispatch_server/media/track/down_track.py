"""A track that this end sends: rewrites a source's packets for one remote end, answers its NACKs, reports."""

from collections.abc import Sequence
from typing import Protocol

from dispatch_server.media.abilities import ABS_SEND_TIME, TRANSPORT_SEQUENCE, TrackPlan
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.srtp import Heading, Srtp
from dispatch_server.media.packets.rtp import (
    EXTENDED_FIRST_BYTE,
    FIXED,
    LONG_TAIL,
    ONE_BYTE_PROFILE,
    PLAIN_FIRST_BYTE,
    TAIL,
    WITH_EXTENSION,
    WITH_LONG_TAIL,
    WITH_TAIL,
    abs_send_time,
)
from dispatch_server.media.sink import MediaPacket
from dispatch_server.media.track.bitrate import RateMeter
from dispatch_server.media.track.rewrite import Epoch, PacketSource, Rewrite

RESEND_INTERVAL_S = 0.04  # the same packet is not sent again sooner than the round trip, at least this
# RTX may take this part of what the track sends: at 30 % loss each packet is sent 1.43 times (docs/decisions/0008).
RESEND_SHARE = 0.5
RESEND_SAVED_S = 2.0  # what was not used is kept for so long: loss comes in bursts
RESEND_LEAST_SAVED_BYTES = 64_000
RESENT_KEPT = 512


class Sending(Protocol):
    """The part of a link that a down track needs."""

    srtp: Srtp | None
    destination: Address | None
    round_trip_s: float | None


class TransportSequence:
    """The transport-wide sequence number that all tracks of one sender share."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 0


class DownTrack:
    """Forwards packets of one source at a time; sequence and timestamp stay continuous for the remote end."""

    def __init__(
        self,
        plan: TrackPlan,
        link: Sending,
        outbox: Outbox,
        first_sequence: int,
        first_timestamp: int,
        transport: TransportSequence | None = None,
    ) -> None:
        codec, pair = plan.codec, plan.ssrcs[0]
        self.plan = plan
        self.ssrc = pair.primary
        self.rewrite = Rewrite(codec.clock_rate, first_sequence & 0x7FFF, first_timestamp)
        self._link = link
        self._outbox = outbox
        self._payload_type = codec.payload_type
        self._repair_ssrc = pair.repair
        self._repair_payload_type = codec.rtx_payload_type
        self._repair_sequence = first_sequence & 0x7FFF
        can_repair = pair.repair is not None and codec.rtx_payload_type is not None
        # Without RTX a lost packet is repeated under its own number. GCM must never see one nonce with two
        # different headers (RFC 7714 8.1), so such a track carries no extension that changes with time.
        self._time_id = plan.extensions.get(ABS_SEND_TIME) if can_repair else None
        self._transport_id = plan.extensions.get(TRANSPORT_SEQUENCE) if can_repair else None
        self._transport = transport
        self._heading = Heading(WITH_TAIL, PLAIN_FIRST_BYTE, codec.payload_type, TAIL.pack(self.ssrc))
        if self._time_id is not None:
            self._heading.form, self._heading.first_byte = WITH_LONG_TAIL, EXTENDED_FIRST_BYTE
        self._time_head = ((self._time_id or 0) << 4 | 2) << 24
        self._resent_at: dict[int, float] = {}
        self._resend_budget = float(RESEND_LEAST_SAVED_BYTES)
        self._earned_of = 0  # bytes sent, as of when the budget last had its share
        self.rate = RateMeter()
        self.loss = 0.0  # share that the last receiver report missed
        self.packets_sent = 0
        self.bytes_sent = 0
        self.packets_resent = 0
        self.resends_refused = 0
        self.nacks_unanswered = 0

    @property
    def ready(self) -> bool:
        """Whether packets can be sent at all."""
        return self._link.srtp is not None and self._link.destination is not None

    def begin(self, source: PacketSource, first: MediaPacket, now: float) -> None:
        """Take `source` from this packet on."""
        self._follow(self.rewrite.begin(source, first, now))

    def begin_with_past(self, source: PacketSource, packets: list[MediaPacket], now: float) -> None:
        """Take `source` from its newest key frame on; the packets since then are sent at once."""
        self._follow(self.rewrite.begin_squeezed(source, packets, now))
        self.forward(packets, now)

    def _follow(self, epoch: Epoch) -> None:
        heading = self._heading
        heading.first = epoch.first
        heading.sequence_offset, heading.timestamp_offset = epoch.sequence_offset, epoch.timestamp_offset

    def forward(self, packets: Sequence[MediaPacket], now: float) -> None:
        """Send these packets of the current source. The hot path: one call per batch and viewer."""
        link, epoch = self._link, self.rewrite.epoch
        srtp, destination = link.srtp, link.destination
        if srtp is None or destination is None or epoch is None or not packets:
            return
        if epoch.squeezed:
            self.rewrite.settle(epoch, packets[-1].sequence)
        if self._transport_id is not None and self._transport is not None:
            sent = srtp.protect_packets(self._with_transport_sequence(packets, epoch, now), destination, self._outbox)
        elif epoch.squeezed:
            sent = srtp.protect_packets(self._squeezed(packets, epoch, now), destination, self._outbox)
        else:
            heading = self._heading
            if self._time_id is not None:
                word = self._time_head | int(now * 262144.0) & 0xFFFFFF  # abs_send_time, without its call
                heading.tail = LONG_TAIL.pack(self.ssrc, ONE_BYTE_PROFILE, 1, word)
            sent = srtp.protect_media(packets, heading, destination, self._outbox)
        if not sent:
            return
        rate, rewrite, last = self.rate, self.rewrite, packets[-1]
        if now > rate.due:
            rate.add(0, now)
        rate.total += sent
        self.bytes_sent += sent
        self.packets_sent += len(packets)
        rewrite.sent(last.sequence, Rewrite.timestamp(last, epoch), now)

    def _squeezed(self, packets: Sequence[MediaPacket], epoch: Epoch, now: float) -> list[tuple[bytes, bytes]]:
        """Around the newest group of pictures, whose timestamps were drawn together."""
        first, offset, shift, squeezed = (
            epoch.first, epoch.sequence_offset, epoch.timestamp_offset, epoch.squeezed,
        )  # fmt: skip
        ssrc, payload_type = self.ssrc, self._payload_type
        built = []
        if self._time_id is None:
            pack = FIXED.pack
            for packet in packets:
                if packet.sequence >= first:
                    stamp = squeezed.get(packet.timestamp, packet.timestamp + shift)
                    second = payload_type | 0x80 if packet.marker else payload_type
                    header = pack(PLAIN_FIRST_BYTE, second, packet.sequence + offset & 0xFFFF, stamp & 0xFFFFFFFF, ssrc)
                    built.append((header, packet.payload))
            return built
        word = (self._time_id << 4 | 2) << 24 | abs_send_time(now)
        pack = WITH_EXTENSION.pack
        for packet in packets:
            if packet.sequence >= first:
                stamp = squeezed.get(packet.timestamp, packet.timestamp + shift)
                header = pack(
                    EXTENDED_FIRST_BYTE,
                    payload_type | 0x80 if packet.marker else payload_type,
                    packet.sequence + offset & 0xFFFF,
                    stamp & 0xFFFFFFFF,
                    ssrc,
                    ONE_BYTE_PROFILE,
                    1,
                    word,
                )
                built.append((header, packet.payload))
        return built

    def _with_transport_sequence(
        self, packets: Sequence[MediaPacket], epoch: Epoch, now: float
    ) -> list[tuple[bytes, bytes]]:
        """As a publisher: every packet carries the transport-wide number that the feedback will name."""
        transport, identifier = self._transport, self._transport_id
        assert transport is not None and identifier is not None
        offset, shift, ssrc, payload_type = (
            epoch.sequence_offset, epoch.timestamp_offset, self.ssrc, self._payload_type,
        )  # fmt: skip
        number, head, pack = transport.next, (identifier << 4 | 1) << 24, WITH_EXTENSION.pack
        built = []
        for packet in packets:
            header = pack(
                EXTENDED_FIRST_BYTE,
                payload_type | 0x80 if packet.marker else payload_type,
                packet.sequence + offset & 0xFFFF,
                packet.timestamp + shift & 0xFFFFFFFF,
                ssrc,
                ONE_BYTE_PROFILE,
                1,
                head | (number & 0xFFFF) << 8,
            )
            built.append((header, packet.payload))
            number += 1
        transport.next = number
        return built

    def answer_nack(self, sequences: Sequence[int], now: float) -> None:
        """Send again what the remote end misses, if it is in the log, not just resent, and within the budget."""
        srtp, destination = self._link.srtp, self._link.destination
        if srtp is None or destination is None:
            return
        self._earn_repairs(now)
        spacing = max(RESEND_INTERVAL_S, self._link.round_trip_s or 0.0)
        built: list[tuple[bytes, bytes]] = []
        for sequence in sequences:
            if now - self._resent_at.get(sequence, -1.0) < spacing:
                continue
            found = self.rewrite.find(sequence, now)
            if found is None:
                self.nacks_unanswered += 1
                continue
            packet, epoch = found
            if self._resend_budget < len(packet.payload):
                self.resends_refused += 1
                continue
            self._resend_budget -= len(packet.payload)
            self._resent_at[sequence] = now
            built.append(self._repaired(packet, epoch, sequence, now))
        if len(self._resent_at) > RESENT_KEPT:
            self._resent_at = {key: at for key, at in self._resent_at.items() if now - at < spacing}
        if built:
            self.bytes_sent += srtp.protect_packets(built, destination, self._outbox)
            self.packets_resent += len(built)

    def _repaired(self, packet: MediaPacket, epoch: Epoch, sequence: int, now: float) -> tuple[bytes, bytes]:
        stamp = Rewrite.timestamp(packet, epoch)
        marker = 0x80 if packet.marker else 0
        if self._repair_ssrc is None or self._repair_payload_type is None:
            header = FIXED.pack(PLAIN_FIRST_BYTE, self._payload_type | marker, sequence, stamp, self.ssrc)
            return header, packet.payload
        self._repair_sequence = self._repair_sequence + 1 & 0xFFFF
        header = FIXED.pack(
            PLAIN_FIRST_BYTE,
            self._repair_payload_type | marker,
            self._repair_sequence,
            stamp,
            self._repair_ssrc,
        )
        return header, sequence.to_bytes(2, "big") + packet.payload  # RFC 4588 4: original sequence number

    def _earn_repairs(self, now: float) -> None:
        """Repairs have their share of what was sent, when it is asked for: not of an estimate, not once a second."""
        total = self.rate.total
        most = max(float(RESEND_LEAST_SAVED_BYTES), self.rate.bits_per_s(now) / 8 * RESEND_SHARE * RESEND_SAVED_S)
        self._resend_budget = min(most, self._resend_budget + (total - self._earned_of) * RESEND_SHARE)
        self._earned_of = total

    def ticks_at(self, utc_us: int) -> int | None:
        """The sent RTP timestamp that belongs to a server UTC: what a sender report says."""
        epoch = self.rewrite.epoch
        ticks = epoch.source.ticks_at(utc_us) if epoch is not None else None
        if ticks is None or epoch is None:
            return None
        return (ticks + epoch.timestamp_offset) & 0xFFFFFFFF
