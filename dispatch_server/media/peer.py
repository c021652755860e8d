"""One remote end: its link and its tracks. The same class serves both roles, server (ICE-lite) and client."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import TRANSPORT_SEQUENCE, Direction, Kind, SessionPlan
from dispatch_server.media.events import PictureWanted, PublisherOverLimit, TrackArrived
from dispatch_server.media.link.link import Link, LinkEvent
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.packets import rtcp
from dispatch_server.media.packets.feedback import ArrivalLog
from dispatch_server.media.receiving import Receivers
from dispatch_server.media.track.bitrate import PublisherEstimate, ViewerEstimate
from dispatch_server.media.track.down_track import DownTrack, TransportSequence
from dispatch_server.media.track.reports import RoundTrip
from dispatch_server.media.track.timeline import SenderClock
from dispatch_server.media.track.up_track import UpTrack

PeerEvent = LinkEvent | TrackArrived | PictureWanted | PublisherOverLimit

FEEDBACK_INTERVAL_S = 0.1
REPORT_INTERVAL_S = 1.0
SHORTEST_TICK_S = 0.005
SMALLEST_SECURE_BYTES = 20  # of RTP or RTCP with any tag


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """Bounds of one remote end."""

    publisher_kbps: int = 8000  # sum of all tracks; above it packets are dropped before decryption
    packets_per_s: int = 3000
    rtcp_per_s: int = 200
    over_s: float = 10.0  # after so long over a limit the owner is told


class Peer:
    """
    Feed it datagrams, tick it when `next_due` has come, flush it at the end of a batch, then read `events`.

    Everything it sends goes to the outbox. `chance(n)` gives n random bytes; `utc_us(now)` the server's UTC at a
    monotonic time.
    """

    def __init__(
        self,
        identity: str,
        plan: SessionPlan,
        link: Link,
        outbox: Outbox,
        chance: Callable[[int], bytes],
        utc_us: Callable[[float], int],
        limits: PeerLimits | None = None,
    ) -> None:
        self.identity = identity
        self.plan = plan
        self.link = link
        self.outbox = outbox
        self.limits = limits or PeerLimits()
        self.events: list[PeerEvent] = []
        self.drops: dict[str, int] = {}
        self.next_due = 0.0
        self.round_trip = RoundTrip()
        self.viewer_estimate = ViewerEstimate()
        self.publisher_estimate: PublisherEstimate | None = None
        self.last_media: float | None = None
        self._utc_us = utc_us
        self._ssrc = int.from_bytes(chance(4), "big") | 1
        self._clock = SenderClock()
        self._receivers = Receivers(plan, self._clock, utc_us)
        self._arrivals: ArrivalLog | None = None
        self._transport_mark = -1
        self._prepare_feedback()
        self.transport = transport = TransportSequence()
        # A publisher's rate control reads the reports itself: REMB, loss, transport-wide feedback.
        self.report_tap: Callable[[rtcp.Item, float], None] | None = None
        self.down_tracks = [
            DownTrack(
                track,
                link,
                outbox,
                int.from_bytes(chance(2), "big"),
                int.from_bytes(chance(4), "big"),
                transport,
            )
            for track in plan.tracks
            if track.direction is Direction.OUT
        ]
        self._down_by_ssrc = {track.ssrc: track for track in self.down_tracks}
        self._next_feedback = 0.0
        self._next_report = 0.0
        self._last_report: float | None = None
        self._window_start = 0.0
        self._window_packets = 0
        self._window_bytes = 0
        self._window_rtcp = 0
        self._over_since: float | None = None

    @property
    def up_tracks(self) -> list[UpTrack]:
        return self._receivers.tracks

    def _prepare_feedback(self) -> None:
        receiving = [track for track in self.plan.tracks if track.direction is Direction.IN]
        with_sequence = [track for track in receiving if TRANSPORT_SEQUENCE in track.extensions]
        if with_sequence and any(track.codec.transport_cc for track in with_sequence):
            identifier = with_sequence[0].extensions[TRANSPORT_SEQUENCE]
            self._arrivals = ArrivalLog()
            self._transport_mark = identifier << 4 | 1
        elif any(track.codec.remb for track in receiving):
            self.publisher_estimate = PublisherEstimate()

    # -- in ------------------------------------------------------------------------------------------------------

    def feed(self, datagrams: Sequence[bytes], source: Address, now: float) -> None:
        """Take datagrams that came back to back from one source. Never raises for what a remote end sent."""
        media: list[bytes] = []
        for datagram in datagrams:
            if 128 <= datagram[0] <= 191:
                if len(datagram) < SMALLEST_SECURE_BYTES:
                    self._drop("short media packet")
                elif 192 <= datagram[1] <= 223:
                    self._feed_rtcp(datagram, source, now)
                else:
                    media.append(datagram)
            else:
                self.link.feed(datagram, source, now)
                self._take_link_events()
                self.next_due = min(self.next_due, now)
        if media:
            self._feed_media(media, source, now)

    def _feed_media(self, datagrams: list[bytes], source: Address, now: float) -> None:
        """The hot path inwards."""
        srtp, receivers, arrivals = self.link.srtp, self._receivers, self._arrivals
        if srtp is None or source not in self.link.valid:
            self._drop("media before the keys" if srtp is None else "media from an unchecked address", len(datagrams))
            return
        if not self._within_limits(datagrams, now):
            return
        by_ssrc, unprotect, mark = receivers.by_ssrc, srtp.unprotect, self._transport_mark
        for datagram in datagrams:
            ssrc = int.from_bytes(datagram[8:12], "big")
            receive = by_ssrc.get(ssrc)
            # The SSRC is looked up before libsrtp sees the packet: it keeps state per SSRC in a list (W9).
            if receive is None and not receivers.could_be(datagram, ssrc):
                self._drop("unknown SSRC")
                continue
            plain = unprotect(datagram)
            if plain is None:
                self._drop("SRTP check failed")
                continue
            try:
                if receive is None:
                    receive = self._identify(plain, ssrc)
                if arrivals is not None:
                    if len(plain) > 20 and plain[16] == mark and plain[0] & 0x1F == 0x10:
                        arrivals.note(plain[17] << 8 | plain[18], now)
                    else:
                        self._note_arrival(plain, arrivals, now)
                elif self.publisher_estimate is not None:
                    self.publisher_estimate.note_packet(plain, receivers.send_time_id, now)
                receive(plain, now)
            except MalformedPacket:
                self._drop("malformed RTP")

    def _note_arrival(self, plain: bytes, arrivals: ArrivalLog, now: float) -> None:
        number = self._receivers.transport_sequence(plain, self._transport_mark >> 4)
        if number is not None:
            arrivals.note(number, now)

    def _identify(self, plain: bytes, ssrc: int) -> Callable[[bytes, float], None]:
        known = len(self._receivers.tracks)
        receive = self._receivers.bind(plain, ssrc)
        for track in self._receivers.tracks[known:]:
            self.events.append(TrackArrived(track))
        return receive

    def _within_limits(self, datagrams: list[bytes], now: float) -> bool:
        if now - self._window_start >= 1.0:
            self._judge_window(now)
        self._window_packets += len(datagrams)
        self._window_bytes += sum(map(len, datagrams))
        if self._window_packets > self.limits.packets_per_s:
            self._drop("packet rate over the limit", len(datagrams))
            return False
        if self._window_bytes > self.limits.publisher_kbps * 125:
            self._drop("bit rate over the limit", len(datagrams))
            return False
        return True

    def _judge_window(self, now: float) -> None:
        over = self._window_bytes > self.limits.publisher_kbps * 125 or (
            self._window_packets > self.limits.packets_per_s
        )
        if not over:
            self._over_since = None
        elif self._over_since is None:
            self._over_since = now
        elif now - self._over_since > self.limits.over_s:
            self._over_since = None
            self.events.append(PublisherOverLimit(self._window_bytes // 125))
        self._window_start = now
        self._window_packets = self._window_bytes = self._window_rtcp = 0

    def _feed_rtcp(self, datagram: bytes, source: Address, now: float) -> None:
        srtp = self.link.srtp
        if srtp is None or source not in self.link.valid:
            self._drop("RTCP before the keys" if srtp is None else "RTCP from an unchecked address")
            return
        self._window_rtcp += 1
        if now - self._window_start >= 1.0:
            self._judge_window(now)
        if self._window_rtcp > self.limits.rtcp_per_s:
            self._drop("RTCP rate over the limit")
            return
        plain = srtp.unprotect_rtcp(datagram)
        if plain is None:
            self._drop("SRTCP check failed")
            return
        try:
            for item in rtcp.read_compound(plain):
                self._take_report(item, now)
        except MalformedPacket:
            self._drop("malformed RTCP")

    def _take_report(self, item: rtcp.Item, now: float) -> None:
        if self.report_tap is not None:
            self.report_tap(item, now)
        match item:
            case rtcp.SenderReport():
                self._receivers.on_sender_report(item, self._utc_us(now), now)
            case rtcp.ReceiverBlock():
                if item.ssrc in self._down_by_ssrc:
                    if self.round_trip.on_block(item, now) is not None:
                        self.link.round_trip_s = self.round_trip.seconds
                    self._down_by_ssrc[item.ssrc].loss = item.fraction_lost / 256
                    self.viewer_estimate.on_loss(item.fraction_lost / 256, now)
            case rtcp.Nack():
                track = self._down_by_ssrc.get(item.media_ssrc)
                if track is not None:
                    track.answer_nack(item.sequences, now)
            case rtcp.PictureLoss() | rtcp.FullIntra():
                track = self._down_by_ssrc.get(item.media_ssrc)
                if track is not None:
                    self.events.append(PictureWanted(track))
            case rtcp.Remb():
                self.viewer_estimate.on_remb(item.bitrate, now)
            case _:
                pass

    # -- out -----------------------------------------------------------------------------------------------------

    def flush(self, now: float) -> None:
        """Hand on what the last batch brought."""
        for track in self._receivers.tracks:
            if track.wants_flush:
                track.flush(now)
                self.last_media = now
                due = track.gaps.deadline()
                if due is not None and due < self.next_due:
                    self.next_due = due

    def tick(self, now: float) -> None:
        """Do what is due: checks, repair requests, feedback, reports."""
        self.link.tick(now)
        self._take_link_events()
        receiving = bool(self._receivers.tracks)
        if self.link.srtp is not None and self.link.destination is not None:
            if receiving:
                self._request_repairs(now)
            if now >= self._next_feedback:
                self._next_feedback = now + FEEDBACK_INTERVAL_S
                self._send_feedback(now)
            if now >= self._next_report:
                self._next_report = now + REPORT_INTERVAL_S
                self._send_reports(now)
        self.next_due = self._next_due(now)

    def _next_due(self, now: float) -> float:
        dues = [self.link.deadline()]
        for track in self._receivers.tracks:
            dues.append(track.gaps.deadline())
            if track.kind is Kind.VIDEO:
                dues.append(track.keyframes.deadline())
            if track.frames is not None:
                dues.append(track.frames.deadline())
        nearest = min([due for due in dues if due is not None], default=now + FEEDBACK_INTERVAL_S)
        return max(now + SHORTEST_TICK_S, min(now + FEEDBACK_INTERVAL_S, nearest))

    def close(self, now: float) -> None:
        """I decide: say goodbye and stop."""
        if self.link.srtp is not None and self.down_tracks:
            self._send(rtcp.write_bye([track.ssrc for track in self.down_tracks]))
        self.link.close(now)
        self._take_link_events()

    def _request_repairs(self, now: float) -> None:
        for track in self._receivers.tracks:
            if track.plan.codec.nack:
                if self.link.round_trip_s is not None:
                    track.gaps.round_trip_s = self.link.round_trip_s
                lost = track.gaps.lost_now(now)
                if lost:
                    self._send(rtcp.write_nack(self._ssrc, track.ssrc, lost))
            else:
                track.gaps.give_up_old(now)
            if track.kind is Kind.VIDEO:
                if track.gaps.take_key_frame_wish():
                    track.keyframes.ask()
                if track.keyframes.due(now):
                    self._send(rtcp.write_pli(self._ssrc, track.ssrc))
            if track.frames is not None:
                track.frames.tick(now)

    def _send_feedback(self, now: float) -> None:
        arrivals = self._arrivals
        if arrivals is not None and self._receivers.tracks:
            packet = arrivals.build(now, self._ssrc, self._receivers.tracks[0].ssrc)
            if packet is not None:
                self._send(packet)

    def _send_reports(self, now: float) -> None:
        utc_us = self._utc_us(now)
        tracks = self._receivers.tracks
        elapsed = REPORT_INTERVAL_S if self._last_report is None else now - self._last_report
        self._last_report = now
        if tracks:
            blocks = [track.reception.block(track.ssrc, now) for track in tracks]
            self._send(rtcp.write_receiver_report(self._ssrc, blocks))
            bitrate = self.limits.publisher_kbps * 1000
            if self.publisher_estimate is not None:
                bitrate = min(bitrate, self.publisher_estimate.bitrate(now) or bitrate)
            if any(track.plan.codec.remb for track in tracks):
                self._send(rtcp.write_remb(self._ssrc, bitrate, [track.ssrc for track in tracks]))
        for down in self.down_tracks:
            ticks = down.ticks_at(utc_us)
            if ticks is not None:
                self._send(rtcp.write_sender_report(down.ssrc, utc_us, ticks, down.packets_sent, down.bytes_sent))
                self.round_trip.on_report_sent(utc_us, now)
            down.refill(elapsed, down.rate.bits_per_s(now))

    def _send(self, packet: bytes) -> None:
        srtp, destination = self.link.srtp, self.link.destination
        if srtp is not None and destination is not None:
            srtp.protect_rtcp(packet, destination, self.outbox)

    def _take_link_events(self) -> None:
        if self.link.events:
            self.events.extend(self.link.events)
            self.link.events.clear()

    def _drop(self, reason: str, count: int = 1) -> None:
        self.drops[reason] = self.drops.get(reason, 0) + count
