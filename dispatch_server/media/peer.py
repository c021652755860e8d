"""One remote end: its link and its tracks. The same class serves both roles, server (ICE-lite) and client."""

from collections.abc import Callable, Sequence

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import TRANSPORT_SEQUENCE, Direction, SessionPlan, TrackPlan
from dispatch_server.media.events import PictureWanted, PublisherOverLimit, TrackArrived
from dispatch_server.media.link.link import Link, LinkEvent
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.srtp import Srtp
from dispatch_server.media.packets import rtcp
from dispatch_server.media.packets.feedback import ArrivalLog
from dispatch_server.media.rate_guard import PeerLimits, RateGuard
from dispatch_server.media.receiving import Receive, Receivers
from dispatch_server.media.reporting import Reporter
from dispatch_server.media.track.bitrate import PublisherEstimate, ViewerEstimate
from dispatch_server.media.track.down_track import DownTrack, TransportSequence
from dispatch_server.media.track.timeline import SenderClock
from dispatch_server.media.track.up_track import UpTrack

PeerEvent = LinkEvent | TrackArrived | PictureWanted | PublisherOverLimit

SHORTEST_TICK_S = 0.005
SMALLEST_SECURE_BYTES = 20  # of RTP or RTCP with any tag


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
        self.events: list[PeerEvent] = []
        self.drops: dict[str, int] = {}
        self.next_due = 0.0
        self.viewer_estimate = ViewerEstimate()
        self.last_media: float | None = None
        self.transport = TransportSequence()
        # A publisher's rate control reads the reports itself: REMB, loss, transport-wide feedback.
        self.report_tap: Callable[[rtcp.Item, float], None] | None = None
        limits = limits or PeerLimits()
        self._utc_us = utc_us
        self._guard = RateGuard(limits)
        self._receivers = Receivers(plan, SenderClock(), utc_us)
        ssrc = int.from_bytes(chance(4), "big") | 1
        self._reporter = Reporter(link, outbox, ssrc, utc_us, limits.publisher_kbps * 1000)
        self._transport_mark = -1
        self._prepare_feedback()
        self.down_tracks = [
            self._down_track(track, chance) for track in plan.tracks if track.direction is Direction.OUT
        ]
        self._down_by_ssrc = {track.ssrc: track for track in self.down_tracks}

    def _down_track(self, plan: TrackPlan, chance: Callable[[int], bytes]) -> DownTrack:
        sequence, timestamp = int.from_bytes(chance(2), "big"), int.from_bytes(chance(4), "big")
        return DownTrack(plan, self.link, self.outbox, sequence, timestamp, self.transport)

    @property
    def up_tracks(self) -> list[UpTrack]:
        return self._receivers.tracks

    def _prepare_feedback(self) -> None:
        receiving = [track for track in self.plan.tracks if track.direction is Direction.IN]
        with_sequence = [track for track in receiving if TRANSPORT_SEQUENCE in track.extensions]
        if with_sequence and any(track.codec.transport_cc for track in with_sequence):
            identifier = with_sequence[0].extensions[TRANSPORT_SEQUENCE]
            self._reporter.arrivals = ArrivalLog()
            self._transport_mark = identifier << 4 | 1
        elif any(track.codec.remb for track in receiving):
            self._reporter.estimate = PublisherEstimate()

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
        srtp = self.link.srtp
        if srtp is None or source not in self.link.valid:
            self._drop("media before the keys" if srtp is None else "media from an unchecked address", len(datagrams))
            return
        refusal = self._guard.refuse_media(datagrams, now)
        if refusal is not None:
            self._drop(refusal, len(datagrams))
            return
        start, count = 0, len(datagrams)
        while start < count:
            ssrc = datagrams[start][8:12]
            end = start + 1
            while end < count and datagrams[end][8:12] == ssrc:
                end += 1
            run = datagrams if end - start == count else datagrams[start:end]
            self._feed_run(run, int.from_bytes(ssrc, "big"), srtp, now)
            start = end

    def _feed_run(self, run: Sequence[bytes], ssrc: int, srtp: Srtp, now: float) -> None:
        """Packets of one SSRC. It is looked up before libsrtp sees them: that keeps state per SSRC in a list (W9)."""
        receive = self._receivers.by_ssrc.get(ssrc)
        if receive is None:
            self._feed_unknown(run, ssrc, srtp, now)
            return
        plain = srtp.unprotect_all(run)
        if len(plain) < len(run):
            self._drop("SRTP check failed", len(run) - len(plain))
        self._hand_on(receive, plain, now)

    def _hand_on(self, receive: Receive, plain: list[bytes], now: float) -> None:
        arrivals, estimate = self._reporter.arrivals, self._reporter.estimate
        if arrivals is not None:
            for packet in arrivals.note_all(plain, self._transport_mark, now):
                self._note_arrival(packet, arrivals, now)
        elif estimate is not None:
            send_time_id = self._receivers.send_time_id
            for packet in plain:
                estimate.note_packet(packet, send_time_id, now)
        malformed = receive(plain, now)
        if malformed:
            self._drop("malformed RTP", malformed)

    def _feed_unknown(self, run: Sequence[bytes], ssrc: int, srtp: Srtp, now: float) -> None:
        """The first genuine packet makes the track; what follows it goes the usual way."""
        for position, datagram in enumerate(run):
            if not self._receivers.could_be(datagram, ssrc):
                self._drop("unknown SSRC")
                continue
            plain = srtp.unprotect(datagram)
            if plain is None:
                self._drop("SRTP check failed")
                continue
            try:
                receive = self._identify(plain, ssrc)
            except MalformedPacket:
                self._drop("malformed RTP")
                continue
            self._hand_on(receive, [plain], now)
            if position + 1 < len(run):
                self._feed_run(run[position + 1 :], ssrc, srtp, now)
            return

    def _note_arrival(self, plain: bytes, arrivals: ArrivalLog, now: float) -> None:
        number = self._receivers.transport_sequence(plain, self._transport_mark >> 4)
        if number is not None:
            arrivals.note(number, now)

    def _identify(self, plain: bytes, ssrc: int) -> Receive:
        known = len(self._receivers.tracks)
        receive = self._receivers.bind(plain, ssrc)
        for track in self._receivers.tracks[known:]:
            self.events.append(TrackArrived(track))
        return receive

    def _feed_rtcp(self, datagram: bytes, source: Address, now: float) -> None:
        srtp = self.link.srtp
        if srtp is None or source not in self.link.valid:
            self._drop("RTCP before the keys" if srtp is None else "RTCP from an unchecked address")
            return
        refusal = self._guard.refuse_report(now)
        if refusal is not None:
            self._drop(refusal)
            return
        plain = srtp.unprotect_rtcp(datagram)
        if plain is None:
            self._drop("SRTCP check failed")
            return
        self.link.heard(now)
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
                    if self._reporter.round_trip.on_block(item, now) is not None:
                        self.link.round_trip_s = self._reporter.round_trip.seconds
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
                self.link.heard(now)
                due = track.gaps.deadline()
                if due is not None and due < self.next_due:
                    self.next_due = due

    def tick(self, now: float) -> None:
        """Do what is due: checks, repair requests, feedback, reports."""
        self.link.tick(now)
        self._take_link_events()
        ups = self._receivers.tracks
        if self.link.srtp is not None and self.link.destination is not None:
            self._reporter.tick(ups, self.down_tracks, now)
        if self._guard.over_for_too_long is not None:
            self.events.append(PublisherOverLimit(self._guard.over_for_too_long))
            self._guard.over_for_too_long = None
        due, link_due = self._reporter.deadline(ups, now), self.link.deadline()
        self.next_due = max(now + SHORTEST_TICK_S, due if link_due is None else min(due, link_due))

    def address_lost(self, address: Address, now: float) -> None:
        """The connection behind an address has ended (TCP)."""
        self.link.address_lost(address, now)
        self._take_link_events()

    def close(self, now: float) -> None:
        """I decide: say goodbye and stop."""
        self._reporter.goodbye(self.down_tracks)
        self.link.close(now)
        self._take_link_events()

    def _take_link_events(self) -> None:
        if self.link.events:
            self.events.extend(self.link.events)
            self.link.events.clear()

    def _drop(self, reason: str, count: int = 1) -> None:
        self.drops[reason] = self.drops.get(reason, 0) + count
