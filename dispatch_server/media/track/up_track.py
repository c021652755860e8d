"""A track that this end receives: order, loss, key frames and time of one SSRC, handed on to its sinks in batches."""

from collections.abc import Callable, Sequence

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Kind, Layer, TrackPlan
from dispatch_server.media.packets.h264 import starts_key_frame
from dispatch_server.media.packets.rtp import (
    EXTENDED_FIRST_BYTE,
    FIXED,
    PLAIN_FIRST_BYTE,
    SMALLEST_BYTES,
    payload_bounds,
)
from dispatch_server.media.sink import FrameSink, MediaPacket, PacketSink
from dispatch_server.media.track.bitrate import RateMeter
from dispatch_server.media.track.frames import FrameAssembler
from dispatch_server.media.track.gaps import PATIENT_AGE_S, Gaps
from dispatch_server.media.track.keyframes import KeyFrameRequests
from dispatch_server.media.track.packet_log import PacketLog
from dispatch_server.media.track.reports import ReceptionStatistics
from dispatch_server.media.track.timeline import SenderClock, Timeline

# A new viewer is fed from the newest key frame, unless that is longer ago or larger than this.
PICTURES_KEPT_S = 4.0
PICTURES_KEPT_BYTES = 2 * 1024 * 1024
REORDER_S = 0.2  # without repair only packets that changed places are waited for

_FU_A, _NON_IDR = 28, 1


class UpTrack:
    """Receives decrypted packets of one SSRC and of its repair SSRC (RTX)."""

    def __init__(
        self, plan: TrackPlan, layer: Layer, ssrc: int, clock: SenderClock, utc_us: Callable[[float], int]
    ) -> None:
        self.plan = plan
        self.kind = plan.kind
        self.layer = layer
        self.ssrc = ssrc
        self.repair_ssrc: int | None = None
        self.gaps = Gaps()
        self.timeline = Timeline(plan.codec.clock_rate, clock)
        self.reception = ReceptionStatistics(plan.codec.clock_rate)
        self.keyframes = KeyFrameRequests()
        self.rate = RateMeter()
        self.log = PacketLog()
        self.sinks: list[PacketSink] = []
        self.frames: FrameAssembler | None = None
        self.newest_pictures: list[MediaPacket] = []  # from the newest key frame on; video only
        self.last_packet: float | None = None
        self.last_key: float | None = None
        self.frames_seen = 0
        self.wants_flush = False
        self._utc_us = utc_us
        self._payload_type = plan.codec.payload_type
        self._repair_payload_type = plan.codec.rtx_payload_type
        self._is_video = plan.kind is Kind.VIDEO
        self._pending: list[MediaPacket] = []
        self._pending_bytes = 0
        self._key_in_pending: int | None = None
        self._pictures_bytes = 0
        self._received = 0  # of the primary SSRC, since the last flush
        self._last_ticks_noted = -1.0

    @property
    def highest(self) -> int:
        return self.gaps.highest

    def logged(self, sequence: int, now: float) -> MediaPacket | None:
        return self.log.get(sequence, now)

    def ticks_at(self, utc_us: int) -> int | None:
        return self.timeline.ticks_at(utc_us)

    def receive(self, packets: Sequence[bytes], now: float) -> int:
        """Take decrypted packets of the primary SSRC in the order of their arrival; how many were malformed."""
        gaps, payload_type, unpack = self.gaps, self._payload_type, FIXED.unpack_from
        malformed = 0
        for plain in packets:
            if len(plain) < SMALLEST_BYTES:
                malformed += 1
                continue
            first, second, sequence16, timestamp, _ = unpack(plain)
            if second & 0x7F != payload_type:
                malformed += 1
                continue
            end = len(plain)
            if first == PLAIN_FIRST_BYTE:
                start = 12
            elif first == EXTENDED_FIRST_BYTE and end > 20 and plain[15] == 1 and not plain[14]:
                start = 20  # one word of extensions
            else:
                try:
                    start, end = payload_bounds(plain)
                except MalformedPacket:
                    malformed += 1
                    continue
            # As in `accept`, without its call: nearly all packets are the next one.
            sequence: int | None = gaps.highest + 1
            if gaps.started and sequence16 == gaps.highest + 1 & 0xFFFF:
                gaps.highest += 1
                gaps.received += 1
            else:
                sequence = gaps.accept(sequence16, now)
            if sequence is not None and end > start:
                self._received += 1
                self._keep(sequence, timestamp, second > 127, plain[start:end], now)
        return malformed

    def receive_repair(self, packets: Sequence[bytes], now: float) -> int:
        """Take RTX packets (RFC 4588): the original sequence number stands before the payload."""
        malformed = 0
        for plain in packets:
            try:
                self._receive_one_repair(plain, now)
            except MalformedPacket:
                malformed += 1
        return malformed

    def _receive_one_repair(self, plain: bytes, now: float) -> None:
        if len(plain) < SMALLEST_BYTES:
            raise MalformedPacket("RTP header is cut")
        _, second, _, timestamp, _ = FIXED.unpack_from(plain)
        if second & 0x7F != self._repair_payload_type:
            raise MalformedPacket("payload type was not negotiated for repair")
        start, end = payload_bounds(plain)
        if end - start < 3:  # padding for probing carries no original packet
            return
        sequence = self.gaps.accept(plain[start] << 8 | plain[start + 1], now, True)
        if sequence is not None:
            self._keep(sequence, timestamp, second > 127, plain[start + 2 : end], now)

    def _keep(self, sequence: int, timestamp: int, marker: bool, payload: bytes, now: float) -> None:
        is_key = True
        if self._is_video:
            kind = payload[0] & 0x1F
            # Most packets are of other frames: told apart here, without a call.
            is_key = (
                kind != _NON_IDR
                and not (kind == _FU_A and len(payload) > 1 and payload[1] & 0x1F == _NON_IDR)
                and starts_key_frame(payload)
            )
            if is_key and self._key_in_pending is None:
                self._key_in_pending = len(self._pending)
            if marker:
                self.frames_seen += 1
        self._pending_bytes += len(payload)
        self._pending.append(MediaPacket(sequence, timestamp, marker, payload, is_key, now))
        self.wants_flush = True

    def flush(self, now: float) -> None:
        """Hand the packets of this batch to every sink."""
        packets, self._pending = self._pending, []
        size, self._pending_bytes = self._pending_bytes, 0
        self.wants_flush = False
        if not packets:
            return
        self.last_packet = now
        self.log.put(packets)
        rate, first = self.rate, packets[0]
        if now > rate.due:
            rate.add(0, now)
        rate.total += size
        self.reception.note_batch(self._received, self.gaps.highest, first.timestamp, first.arrival)
        self._received = 0
        if now - self._last_ticks_noted > 0.2:
            self._last_ticks_noted = now
            newest = packets[-1]
            self.timeline.note_arrival(self.timeline.unwrap(newest.timestamp), self._utc_us(newest.arrival))
        if self._is_video:
            self._keep_pictures(packets, size, now)
        for sink in self.sinks:
            sink.take(packets, now)

    def _keep_pictures(self, packets: list[MediaPacket], size: int, now: float) -> None:
        key, self._key_in_pending = self._key_in_pending, None
        kept = self.newest_pictures
        if key is not None:
            first = packets[key]
            if not kept or (first.timestamp != kept[0].timestamp and first.sequence > kept[0].sequence):
                self.newest_pictures = packets[key:]
                self._pictures_bytes = sum([len(packet.payload) for packet in self.newest_pictures])
                self.last_key = now
                self.keyframes.on_key_frame(now)
                return
        if kept:
            kept.extend(packets)
            self._pictures_bytes += size
            if self._pictures_bytes > PICTURES_KEPT_BYTES or now - kept[0].arrival > PICTURES_KEPT_S:
                self.newest_pictures = []

    def deadline(self) -> float | None:
        """When something that is missing is due: a packet, a key frame, the end of a wait."""
        due = self.gaps.deadline()
        for other in (
            self.keyframes.deadline() if self._is_video else None,
            self.frames.deadline() if self.frames is not None else None,
        ):
            if other is not None and (due is None or other < due):
                due = other
        return due

    def add_frame_sink(self, sink: FrameSink) -> None:
        """Whole frames to `sink`; the assembler exists only while somebody takes frames."""
        if self.frames is None:
            patience_s = PATIENT_AGE_S if self.plan.codec.nack else REORDER_S
            self.frames = FrameAssembler(self.kind, self.layer, self.timeline, patience_s)
            self.gaps.patient = True
            self.frames.add_sink(sink)
            if self.newest_pictures:  # a recording begins with the newest key frame, not with the next one
                self.frames.take(self.newest_pictures, self.newest_pictures[-1].arrival)
            self.sinks.append(self.frames)
            return
        self.frames.add_sink(sink)
        if self._is_video:
            self.keyframes.ask()

    def remove_frame_sink(self, sink: FrameSink) -> None:
        if self.frames is None:
            return
        self.frames.remove_sink(sink)
        if not self.frames.has_sinks:
            self.sinks.remove(self.frames)
            self.frames = None
            self.gaps.patient = False
