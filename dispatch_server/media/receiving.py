"""Which packets belong to which up track: SSRCs that were signalled, or few new ones named by rid, mid or type."""

from collections.abc import Callable, Sequence

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import (
    ABS_SEND_TIME,
    MID,
    REPAIRED_RID,
    RID,
    Direction,
    Layer,
    SessionPlan,
    TrackPlan,
)
from dispatch_server.media.packets import rtcp
from dispatch_server.media.packets.extensions import read_elements
from dispatch_server.media.track.timeline import SenderClock
from dispatch_server.media.track.up_track import UpTrack

NEW_SSRCS_PER_MID = 4

Receive = Callable[[Sequence[bytes], float], int]  # decrypted packets, now; how many were malformed


class Receivers:
    """The up tracks of one peer. Nothing is kept for an SSRC before one of its packets was authenticated."""

    def __init__(self, plan: SessionPlan, clock: SenderClock, utc_us: Callable[[float], int]) -> None:
        self._plans = [track for track in plan.tracks if track.direction is Direction.IN]
        self._clock = clock
        self._utc_us = utc_us
        self.by_ssrc: dict[int, Receive] = {}
        self.tracks: list[UpTrack] = []
        self._signalled: dict[int, tuple[TrackPlan, Layer, bool]] = {}
        self._repair_of: dict[int, int] = {}  # repair SSRC → primary
        self._new_per_mid: dict[str, int] = {}
        for track in self._plans:
            for pair in track.ssrcs:
                self._signalled[pair.primary] = (track, track.layer, False)
                if pair.repair is not None:
                    self._signalled[pair.repair] = (track, track.layer, True)
                    self._repair_of[pair.repair] = pair.primary

    @property
    def send_time_id(self) -> int | None:
        for track in self._plans:
            if ABS_SEND_TIME in track.extensions:
                return track.extensions[ABS_SEND_TIME]
        return None

    def transport_sequence(self, packet: bytes, identifier: int) -> int | None:
        """The transport-wide number of a packet whose extensions are not in the usual order."""
        value = read_elements(packet).get(identifier)
        return None if value is None or len(value) < 2 else value[0] << 8 | value[1]

    def could_be(self, packet: bytes, ssrc: int) -> bool:
        """Whether an unknown SSRC may go to decryption: it was signalled, or there is room and a matching section."""
        return self._lookup(packet, ssrc) is not None

    def bind(self, plain: bytes, ssrc: int) -> Receive:
        """The receiver of an SSRC whose packet was authenticated; makes the track. Raises MalformedPacket."""
        found = self._lookup(plain, ssrc)
        if found is None:
            raise MalformedPacket("SSRC belongs to no section")
        plan, layer, is_repair = found
        if ssrc not in self._signalled:
            self._new_per_mid[plan.mid] = self._new_per_mid.get(plan.mid, 0) + 1
        receive = self._bind_repair(plan, layer, ssrc) if is_repair else self._bind_primary(plan, layer, ssrc)
        self.by_ssrc[ssrc] = receive
        return receive

    def _bind_primary(self, plan: TrackPlan, layer: Layer, ssrc: int) -> Receive:
        track = UpTrack(plan, layer, ssrc, self._clock, self._utc_us)
        # A publisher may restart an encoder under a new SSRC: the newest track of a layer is the one.
        for old in [track for track in self.tracks if track.layer is layer]:
            self.tracks.remove(old)
            self.by_ssrc.pop(old.ssrc, None)
            if old.repair_ssrc is not None:
                self.by_ssrc.pop(old.repair_ssrc, None)
        self.tracks.append(track)
        return track.receive

    def _bind_repair(self, plan: TrackPlan, layer: Layer, ssrc: int) -> Receive:
        primary = self._repair_of.get(ssrc)
        for track in self.tracks:
            if track.ssrc == primary or (primary is None and track.plan is plan and track.layer is layer):
                track.repair_ssrc = ssrc
                return track.receive_repair
        raise MalformedPacket("repair packet before its track")

    def _lookup(self, packet: bytes, ssrc: int) -> tuple[TrackPlan, Layer, bool] | None:
        signalled = self._signalled.get(ssrc)
        if signalled is not None:
            return signalled
        elements = read_elements(packet)
        payload_type = packet[1] & 0x7F
        named = self._named(elements, payload_type)
        if named is None or self._new_per_mid.get(named[0].mid, 0) >= NEW_SSRCS_PER_MID:
            return None
        return named

    def _named(self, elements: dict[int, bytes], payload_type: int) -> tuple[TrackPlan, Layer, bool] | None:
        of_type = [
            plan for plan in self._plans if payload_type in (plan.codec.payload_type, plan.codec.rtx_payload_type)
        ]
        for plan in of_type:
            mid = self._text(elements, plan, MID)
            if mid is not None and mid != plan.mid:
                continue
            is_repair = payload_type == plan.codec.rtx_payload_type
            if plan.layer_of_rid:
                rid = self._text(elements, plan, REPAIRED_RID if is_repair else RID)
                layer = plan.layer_of_rid.get(rid) if rid is not None else None
                if layer is not None:
                    return plan, layer, is_repair
            elif mid is not None or (len(of_type) == 1 and not plan.ssrcs):
                return plan, plan.layer, is_repair
        return None

    @staticmethod
    def _text(elements: dict[int, bytes], plan: TrackPlan, uri: str) -> str | None:
        identifier = plan.extensions.get(uri)
        value = elements.get(identifier) if identifier is not None else None
        return None if value is None else value.decode("ascii", "replace")

    def on_sender_report(self, report: rtcp.SenderReport, arrival_utc_us: int, now: float) -> None:
        """Bind RTP time to the sender's clock; unknown SSRCs are nobody's."""
        for track in self.tracks:
            if track.ssrc == report.ssrc:
                track.timeline.on_report(report.ntp, report.rtp_timestamp, arrival_utc_us)
                track.reception.on_sender_report(report.ntp, now)
