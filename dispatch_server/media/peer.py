"""One remote end: its link and its tracks. The same class serves both roles, server (ICE-lite) and client."""

from collections.abc import Callable
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
RECEIVER_TICK_S = 0.02
SENDER_TICK_S = 0.1
OVER_LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class PeerLimits:
    """Bounds of one remote end."""

    publisher_kbps: int = 8000  # sum of all tracks; above it packets are dropped before decryption
    packets_per_s: int = 3000
    rtcp_per_s: int = 200


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
        transport = TransportSequence()
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

    def feed(self, datagram: bytes, source: Address, now: float) -> None:
        """Take one datagram that was addressed to this peer. Never raises for what a remote end sent."""
        if 128 <= datagram[0] <= 191:
            if source in self.link.valid:
                self._feed_media(datagram, now)
            else:
                self._drop("media from an unchecked address")
            return
        self.link.feed(datagram, source, now)
        self._take_link_events()
        self.next_due = min(self.next_due, now)

    def _feed_media(self, datagram: bytes, now: float) -> None:
        srtp = self.link.srtp
        size = len(datagram)
        if srtp is None or size < 20:
            self._drop("media before the keys" if srtp is None else "short media packet")
            return
        if 192 <= datagram[1] <= 223:
            self._feed_rtcp(datagram, now)
            return
        if not self._within_limits(size, now):
            return
        receivers = self._receivers
        ssrc = int.from_bytes(datagram[8:12], "big")
        receive = receivers.by_ssrc.get(ssrc)
        # The SSRC is looked up before libsrtp sees the packet: it keeps state per SSRC in a list (W9).
        if receive is None and not receivers.could_be(datagram, ssrc):
            self._drop("unknown SSRC")
            return
        plain = srtp.unprotect(datagram)
        if plain is None or len(plain) < 12:
            self._drop("SRTP check failed")
            return
        try:
            if receive is None:
                receive = self._identify(plain, ssrc)
            arrivals = self._arrivals
            if arrivals is not None:
                if len(plain) > 20 and plain[16] == self._transport_mark and plain[0] & 0x1F == 0x10:
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

    def _within_limits(self, size: int, now: float) -> bool:
        if now - self._window_start >= 1.0:
            self._judge_window(now)
        self._window_packets += 1
        self._window_bytes += size
        if self._window_packets > self.limits.packets_per_s:
            self._drop("packet rate over the limit")
            return False
        if self._window_bytes > self.limits.publisher_kbps * 125:
            self._drop("bit rate over the limit")
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
        elif now - self._over_since > OVER_LIMIT_S:
            self._over_since = None
            self.events.append(PublisherOverLimit(self._window_bytes // 125))
        self._window_start = now
        self._window_packets = self._window_bytes = self._window_rtcp = 0

    def _feed_rtcp(self, datagram: bytes, now: float) -> None:
        self._window_rtcp += 1
        if now - self._window_start >= 1.0:
            self._judge_window(now)
        if self._window_rtcp > self.limits.rtcp_per_s:
            self._drop("RTCP rate over the limit")
            return
        srtp = self.link.srtp
        plain = srtp.unprotect_rtcp(datagram) if srtp is not None else None
        if plain is None:
            self._drop("SRTCP check failed")
            return
        try:
            for item in rtcp.read_compound(plain):
                self._take_report(item, now)
        except MalformedPacket:
            self._drop("malformed RTCP")

    def _take_report(self, item: rtcp.Item, now: float) -> None:
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
        due = now + (RECEIVER_TICK_S if receiving else SENDER_TICK_S)
        link_due = self.link.deadline()
        self.next_due = due if link_due is None else max(now + 0.002, min(due, link_due))

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
        for track in self._receivers.tracks:
            track.log.expire(now)

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

    def _drop(self, reason: str) -> None:
        self.drops[reason] = self.drops.get(reason, 0) + 1
