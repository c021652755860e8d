"""Packets of one track, possibly out of order, to whole frames in order; for all frame sinks of the track at once."""

from collections.abc import Sequence

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import (
    DELIMITER,
    FILLER,
    IDR,
    PPS,
    SLICE,
    SPS,
    Depacketizer,
    starts_access_unit,
    to_length_prefixed,
)
from dispatch_server.media.sink import Frame, FrameSink, MediaPacket
from dispatch_server.media.track.timeline import Timeline

NEAR = 64  # most gaps are shorter
PATIENCE_S = 1.5  # how long a missing packet may still be repaired
MOST_WAITING = 2048  # packets behind a gap; with 1,200 bytes each that is 2.4 MB
LARGEST_UNIT_PACKETS = 2048
UNREPAIRABLE = 1000  # a step larger than this is a source that began anew: nothing to wait for


class FrameAssembler:
    """
    A PacketSink that hands whole frames to FrameSinks, each of which begins with a key frame.

    A gap is waited for; then the unit it hit is dropped and the next frame carries `after_gap`. Parameter sets are
    not repeated in the data of a frame unless the stream uses more than one of a kind.
    """

    def __init__(self, kind: Kind, layer: Layer, timeline: Timeline, patience_s: float = PATIENCE_S) -> None:
        self.patience_s = patience_s
        self.frames = 0
        self.gaps = 0  # that were given up
        self.incomplete = 0  # units dropped because a part was missing
        self.malformed = 0
        self.late = 0  # packets that came when their place was passed, or twice
        self._kind = kind
        self._layer = layer
        self._is_video = kind is Kind.VIDEO
        self._timeline = timeline
        self._sinks: list[FrameSink] = []
        self._starting: list[FrameSink] = []  # wait for a key frame
        self._next: int | None = None  # sequence that continues the unit; None: wait for a key frame
        self._unit: list[MediaPacket] = []
        self._at_boundary = True  # the next packet in order begins a unit, or may not be used
        self._waiting: dict[int, MediaPacket] = {}
        self._waiting_since = 0.0
        self._now = 0.0
        self._after_gap = False
        self._depacketizer = Depacketizer()
        self._sps: bytes | None = None
        self._pps: bytes | None = None
        self._sets_repeated = False  # the stream carries its parameter sets
        self._needs_sets = False  # they may have been lost in a gap

    @property
    def has_sinks(self) -> bool:
        return bool(self._sinks or self._starting)

    @property
    def waits_for_key_frame(self) -> bool:
        """Whether a sink has not had its first frame yet."""
        return bool(self._starting)

    def add_sink(self, sink: FrameSink) -> None:
        """From the next key frame on `sink` gets every frame; ask the source for one."""
        (self._starting if self._is_video else self._sinks).append(sink)

    def remove_sink(self, sink: FrameSink) -> None:
        self._sinks = [other for other in self._sinks if other is not sink]
        self._starting = [other for other in self._starting if other is not sink]

    def deadline(self) -> float | None:
        """When the wait for a missing packet ends."""
        return self._waiting_since + self.patience_s if self._waiting else None

    def tick(self, now: float) -> None:
        """Go on without what did not come in time."""
        self._now = now
        while self._waiting and now - self._waiting_since >= self.patience_s:
            self._pass_gap()

    def take(self, packets: Sequence[MediaPacket], now: float) -> None:
        """Packets of the track as they arrive; the hot path."""
        self._now = now
        following = self._next
        unit = self._unit
        for packet in packets:
            if packet.sequence == following and not self._is_video and not unit:
                following += 1
                if self._sinks and self._timeline.known:
                    self._hand_on(packet, packet.payload, True, None)
                continue
            if packet.sequence != following:
                self._next = following
                self._place(packet)
                following, unit = self._next, self._unit
                continue
            following += 1
            if unit:
                if packet.timestamp == unit[0].timestamp:
                    unit.append(packet)
                    if packet.marker:
                        self._finish()
                        unit = self._unit
                    continue
                self._finish()  # the marker bit was not set (RFC 6184 5.1 lets it be wrong)
                unit = self._unit
            self._begin_unit(packet)
            unit = self._unit
        self._next = following
        if self._waiting:
            self._catch_up()
            self.tick(now)
        if len(self._unit) > LARGEST_UNIT_PACKETS:
            self._unit = []
            self._at_boundary = False
            self._drop_malformed()

    def _begin_unit(self, packet: MediaPacket) -> None:
        """The first packet behind a finished unit, or behind a gap: then only if a unit surely begins here."""
        if self._at_boundary or not self._is_video or starts_access_unit(packet.payload):
            self._unit.append(packet)
            self._at_boundary = True
            if packet.marker or not self._is_video:
                self._finish()
        elif packet.marker:
            self._at_boundary = True

    def _place(self, packet: MediaPacket) -> None:
        """A packet that is not the next one."""
        following = self._next
        sequence = packet.sequence
        if following is None:
            if packet.is_key:
                self._next = sequence + 1
                self._begin_unit(packet)
        elif sequence < following or sequence in self._waiting:
            self.late += 1
        else:
            if not self._waiting:
                self._waiting_since = packet.arrival
            self._waiting[sequence] = packet
            if len(self._waiting) > MOST_WAITING or sequence - following > UNREPAIRABLE:
                self._pass_gap()

    def _catch_up(self) -> None:
        """Use what has been waiting and is next now."""
        waiting = self._waiting
        following = self._next
        moved = False
        while waiting and following is not None:
            packet = waiting.pop(following, None)
            if packet is None:
                break
            moved = True
            following += 1
            unit = self._unit
            if unit and packet.timestamp == unit[0].timestamp:
                unit.append(packet)
                if packet.marker:
                    self._finish()
            else:
                if unit:
                    self._finish()
                self._begin_unit(packet)
        self._next = following
        if moved and waiting:
            # They stand in the order of their arrival: the first one proves that there was a gap by then.
            self._waiting_since = next(iter(waiting.values())).arrival

    def _pass_gap(self) -> None:
        """Give up the missing packets before the oldest one that waits."""
        following = self._next or 0
        resumed = next((key for key in range(following, following + NEAR) if key in self._waiting), None)
        if resumed is None:
            self._waiting = {key: packet for key, packet in self._waiting.items() if key >= following}
            if not self._waiting:  # only repeated packets
                return
            resumed = min(self._waiting)
        self.gaps += 1
        if self._unit:
            self.incomplete += 1
            self._unit = []
        self._after_gap = True
        self._at_boundary = False
        self._needs_sets = self._sets_repeated
        self._next = resumed
        self._catch_up()

    def _finish(self) -> None:
        """The unit is complete: make a frame of it."""
        unit, self._unit = self._unit, []
        if not self._timeline.known or not (self._sinks or self._starting):
            return
        if not self._is_video:
            self._hand_on(unit[0], unit[0].payload, True, None)
            return
        try:
            nals = self._depacketizer.read([packet.payload for packet in unit])
            if self._depacketizer.incomplete:
                raise MalformedPacket("an access unit ends inside a fragment")
        except MalformedPacket:
            self._depacketizer.reset()
            self._drop_malformed()
            return
        if len(nals) == 1 and nals[0][0] & 0x1F == SLICE:  # nearly all frames
            if self._sinks:
                self._hand_on(unit[0], to_length_prefixed(nals), False, None)
            return
        self._finish_with_sets(unit[0], nals)

    def _drop_malformed(self) -> None:
        self.malformed += 1
        self._after_gap = True

    def _finish_with_sets(self, first: MediaPacket, nals: list[bytes]) -> None:
        """An access unit with parameter sets, several slices or supplements."""
        kinds = [nal[0] & 0x1F for nal in nals]
        is_key = IDR in kinds
        one_pair = self._learn(nals, kinds)
        if not is_key and SLICE not in kinds:
            return
        sets = None
        left_out: tuple[int, ...] = (DELIMITER, FILLER)
        if is_key:
            if self._sps is None or self._pps is None or self._needs_sets:
                # Without its parameter sets, lost or never sent, the picture may be of another size.
                self.incomplete += 1
                self._after_gap = True
                return
            sets = self._sps, self._pps
            if one_pair:
                left_out = (DELIMITER, FILLER, SPS, PPS)
        if is_key or self._sinks:
            kept = [nal for nal, kind in zip(nals, kinds, strict=True) if kind not in left_out]
            self._hand_on(first, to_length_prefixed(kept), is_key, sets)

    def _learn(self, nals: list[bytes], kinds: list[int]) -> bool:
        """Keep the parameter sets in force; whether this unit has at most one of each."""
        if SPS in kinds:
            self._sps = nals[kinds.index(SPS)]
            self._sets_repeated = True
            self._needs_sets = False
        if PPS in kinds:
            self._pps = nals[kinds.index(PPS)]
        return kinds.count(SPS) <= 1 and kinds.count(PPS) <= 1

    def _hand_on(
        self, first: MediaPacket, data: bytes, is_key: bool, parameter_sets: tuple[bytes, bytes] | None
    ) -> None:
        ticks, utc_us = self._timeline.place(first.timestamp, self._now - first.arrival)
        frame = Frame(
            self._kind,
            self._layer,
            ticks,
            utc_us,
            data,
            is_key,
            parameter_sets,
            self._after_gap,
        )
        self._after_gap = False
        self.frames += 1
        if is_key and self._starting:
            self._sinks = self._sinks + self._starting
            self._starting = []
        for sink in self._sinks:
            sink.take_frame(frame)
