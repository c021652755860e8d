"""What a peer says by the clock: repair requests, key-frame requests, transport feedback, reports (all RTCP)."""

from collections.abc import Callable, Sequence

from dispatch_server.media.abilities import Kind
from dispatch_server.media.link.link import Link
from dispatch_server.media.link.outbox import Outbox
from dispatch_server.media.packets import rtcp
from dispatch_server.media.packets.feedback import ArrivalLog
from dispatch_server.media.track.bitrate import PublisherEstimate
from dispatch_server.media.track.down_track import DownTrack
from dispatch_server.media.track.reports import RoundTrip
from dispatch_server.media.track.up_track import UpTrack

FEEDBACK_INTERVAL_S = 0.1
REPORT_INTERVAL_S = 1.0


class Reporter:
    """Writes the RTCP of one peer into its outbox."""

    def __init__(self, link: Link, outbox: Outbox, ssrc: int, utc_us: Callable[[float], int], most_bps: int) -> None:
        self.round_trip = RoundTrip()
        self.arrivals: ArrivalLog | None = None  # the remote end understands transport-wide feedback
        self.estimate: PublisherEstimate | None = None  # it does not, but understands REMB
        self._link = link
        self._outbox = outbox
        self._ssrc = ssrc
        self._utc_us = utc_us
        self._most_bps = most_bps
        self._next_feedback = 0.0
        self._next_report = 0.0

    def tick(self, ups: Sequence[UpTrack], downs: Sequence[DownTrack], now: float) -> None:
        for up in ups:
            self._request_repairs(up, now)
        if now >= self._next_feedback:
            self._next_feedback = now + FEEDBACK_INTERVAL_S
            self._send_feedback(ups, now)
        if now >= self._next_report:
            self._next_report = now + REPORT_INTERVAL_S
            if ups:
                self._report_reception(ups, now)
            self._report_sending(downs, now)

    def goodbye(self, downs: Sequence[DownTrack]) -> None:
        if downs:
            self._send(rtcp.write_bye([track.ssrc for track in downs]))

    def deadline(self, ups: Sequence[UpTrack], now: float) -> float:
        """When to tick next: soon while something is missing, else in time for the next feedback or report."""
        if not ups:
            return self._next_report if self._next_report > now else now + FEEDBACK_INTERVAL_S
        nearest = now + FEEDBACK_INTERVAL_S
        for track in ups:
            due = track.deadline()
            if due is not None and due < nearest:
                nearest = due
        return nearest

    def _request_repairs(self, track: UpTrack, now: float) -> None:
        if track.plan.codec.nack:
            if self._link.round_trip_s is not None:
                track.gaps.round_trip_s = self._link.round_trip_s
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

    def _send_feedback(self, ups: Sequence[UpTrack], now: float) -> None:
        if self.arrivals is not None and ups:
            packet = self.arrivals.build(now, self._ssrc, ups[0].ssrc)
            if packet is not None:
                self._send(packet)

    def _report_reception(self, ups: Sequence[UpTrack], now: float) -> None:
        self._send(rtcp.write_receiver_report(self._ssrc, [track.reception.block(track.ssrc, now) for track in ups]))
        if any(track.plan.codec.remb for track in ups):
            bitrate = self._most_bps
            if self.estimate is not None:
                bitrate = min(bitrate, self.estimate.bitrate(now) or bitrate)
            self._send(rtcp.write_remb(self._ssrc, bitrate, [track.ssrc for track in ups]))

    def _report_sending(self, downs: Sequence[DownTrack], now: float) -> None:
        utc_us = self._utc_us(now)
        for down in downs:
            ticks = down.ticks_at(utc_us)
            if ticks is not None:
                self._send(rtcp.write_sender_report(down.ssrc, utc_us, ticks, down.packets_sent, down.bytes_sent))
                self.round_trip.on_report_sent(utc_us, now)

    def _send(self, packet: bytes) -> None:
        srtp, destination = self._link.srtp, self._link.destination
        if srtp is not None and destination is not None:
            srtp.protect_rtcp(packet, destination, self._outbox)
